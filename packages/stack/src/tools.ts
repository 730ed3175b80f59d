import { installFolder } from './run-pnpm.ts'
import { TEST_TOOLS } from './turbo.ts'

/** What `pnpm tools` runs: installs what only tests need, so that a test can then be run by hand. */
installFolder(TEST_TOOLS)
