/** CSV as RFC 4180 has it, for spreadsheets: what a stranger wrote must not be run by one as a formula. */

/** One line with its end. */
export const csvLine = (cells) => `${cells.map((cell) => quoted(plain(String(cell)))).join(",")}\r\n`;

/** A cell that begins with one of these is a formula to Excel, LibreOffice and Sheets; behind `'` it is text. */
const plain = (text) => (/^[\s]*[=+\-@]|^[\t\r\n]/.test(text) && !/^-?\d+([.,]\d+)?$/.test(text) ? `'${text}` : text);

const quoted = (text) => (/[",\r\n;\t]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
