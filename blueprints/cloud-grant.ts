/** The grants to look beyond an app's own things, by name and in words. Loads nothing: quick commands say these words, too. */

/** What a function says in `uses` for it; a table, bucket or function of that name is meant before it. */
export const cloudUse = "cloud";
export const cloudWords = "what is installed in this cloud, its doors and its access log";

/** The same for what all apps and things store. */
export const dataUse = "data";
export const dataWords = "the data of every app and thing in this cloud";

/** In words, by name. */
export const grantMeans: Readonly<Record<string, string>> = { [cloudUse]: cloudWords, [dataUse]: dataWords };

/** Whose asking is not enough: nothing has them until the owner gives them by name (decision 0022). */
export const onlyGiven: readonly string[] = [dataUse];
