/** `accounts keys`: what AWS's tools read, which is JSON either way. */
export const plain = (document: object): string => JSON.stringify(document);
