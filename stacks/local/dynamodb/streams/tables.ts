/** The tables of streams: what streams there are, and their records in order. */
export const streamTables = `CREATE TABLE dynamodb_streams (
     stream INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, label TEXT NOT NULL, view TEXT NOT NULL,
     key_schema TEXT NOT NULL, created INTEGER NOT NULL, ended INTEGER, trimmed INTEGER NOT NULL DEFAULT 0,
     UNIQUE (table_name, label));
   CREATE TABLE dynamodb_stream_records (
     stream INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, hash INTEGER NOT NULL, event TEXT NOT NULL,
     by_service INTEGER NOT NULL, size INTEGER NOT NULL, change TEXT NOT NULL,
     PRIMARY KEY (stream, seq)) WITHOUT ROWID;`;
