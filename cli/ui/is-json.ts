/** Whether what somebody typed is JSON. Loads nothing: commands and screens ask. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
