import { installFolder } from './run-pnpm.ts'
import { TEST_TOOLS } from './turbo.ts'

/** What `pnpm tools` runs: installs what only tests need, before a test is run by hand. */
installFolder(TEST_TOOLS)
