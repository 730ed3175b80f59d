import { installFolder } from '@countersign/stack/run-pnpm'
import { PEERS } from './process/paths.ts'

/** Installs the peers into their own folder, from their own lock file, because only the bench needs them. */
export function installPeers(say: (text: string) => void): void {
  say('installing the peers')
  installFolder(PEERS)
}
