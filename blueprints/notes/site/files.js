/** Attachments of the open note: straight from the browser to the bucket, with progress; pictures shown. */
import { api, byId, mayWrite, say, size } from "./page.js";

const pictures = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

export function attach(note, files, changed) {
  if (mayWrite()) for (const file of files) upload(note, file, changed).catch(say);
}

async function upload(note, file, changed) {
  const row = document.createElement("li");
  const bar = document.createElement("progress");
  bar.max = file.size || 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Uploading ${file.name}`);
  row.append(`${file.name} (${size(file.size)})`, bar);
  byId("files").append(row);
  try {
    const place = await api("POST", `/api/notes/${note.id}/files`, {
      name: file.name,
      type: file.type,
      size: file.size,
    });
    await put(place, file, (sent) => {
      bar.value = sent;
    });
    const entry = await api("POST", `/api/notes/${note.id}/files/${place.id}`, { name: file.name });
    note.files.push(entry);
    await changed();
  } finally {
    row.remove();
  }
}

/** XMLHttpRequest, because fetch tells nothing about how much has been sent. */
function put({ upload: address, type }, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    request.setRequestHeader("content-type", type);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () =>
      request.status === 200 ? resolve() : reject(new Error(`${file.name} was refused (${request.status}).`));
    request.onerror = () => reject(new Error(`${file.name} could not be sent.`));
    request.send(file);
  });
}

export function drawFiles(note, changed) {
  byId("files").replaceChildren(...note.files.map((file) => drawFile(note, file, changed)));
}

function drawFile(note, file, changed) {
  const address = `/api/notes/${note.id}/files/${file.id}`;
  const row = document.createElement("li");
  if (pictures.has(file.type)) {
    const picture = document.createElement("img");
    picture.src = address;
    picture.alt = file.name;
    picture.loading = "lazy";
    row.append(picture);
  }
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = `${file.name} (${size(file.size)})`;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "writes";
  remove.textContent = "Remove";
  remove.setAttribute("aria-label", `Remove ${file.name}`);
  remove.addEventListener("click", async () => {
    await api("DELETE", address);
    note.files = note.files.filter(({ id }) => id !== file.id);
    await changed();
  });
  row.append(link, remove);
  return row;
}
