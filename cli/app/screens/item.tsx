/** One item or file, whole: which of the two screens it is. */
import type { ScreenParams } from "../params.ts";
import { FileScreen } from "./item-file.tsx";
import { ItemJson } from "./item-json.tsx";

export function Item(params: ScreenParams["item"]) {
  return params.kind === "table" ? <ItemJson {...params} /> : <FileScreen {...params} />;
}
