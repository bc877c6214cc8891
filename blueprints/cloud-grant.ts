/** The grant to look at the whole cloud, by its name and in words. Loads nothing: quick commands say these words, too. */

/** What a function says in `uses` for it; a table, bucket or function of that name is meant before it. */
export const cloudUse = "cloud";
export const cloudWords = "what is installed in this cloud, its doors and its access log";
