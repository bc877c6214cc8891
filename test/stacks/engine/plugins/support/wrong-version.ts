/** A plugin nobody should have started. */
process.stderr.write("the plugin of another version was started\n");
process.exit(9);
