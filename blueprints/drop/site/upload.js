/** One file on its way: straight from the browser to the bucket, with progress and a way to stop it. */
import { api, byId, make } from "./page.js";

/** Resolves with the drop once it has arrived, or with undefined when it was stopped. */
export async function upload(file, { keep, most }) {
  const bar = make("progress", { max: file.size || 1, value: 0, "aria-label": `Uploading ${file.name}` });
  const stop = make("button", { type: "button", "aria-label": `Stop ${file.name}` }, "Stop");
  const row = make("li", {}, make("div", { class: "what" }, make("strong", {}, file.name), bar), stop);
  byId("uploads").append(row);
  const request = new XMLHttpRequest();
  stop.addEventListener("click", () => request.abort());
  let id;
  try {
    const place = await api("POST", "/api/drops", { name: file.name, type: file.type, size: file.size, keep, most });
    id = place.id;
    const sent = await send(request, place.upload, file, (bytes) => {
      bar.value = bytes;
    });
    if (sent) return await api("POST", `/api/drops/${id}/arrived`);
    await api("DELETE", `/api/drops/${id}`);
    return undefined;
  } finally {
    row.remove();
  }
}

/** XMLHttpRequest, because fetch tells nothing about how much has been sent. */
function send(request, { url, fields }, file, onProgress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file); // S3 reads no field after it
  return new Promise((resolve, reject) => {
    request.open("POST", url);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () =>
      request.status < 300 ? resolve(true) : reject(new Error(`${file.name} was refused (${request.status}).`));
    request.onerror = () => reject(new Error(`${file.name} could not be sent.`));
    request.onabort = () => resolve(false);
    request.send(form);
  });
}
