/**
 * The door of the local cloud: assembles store, services and gateway. One process, loopback only. The list of
 * services below is the whole of it; adding one is adding a line.
 */
