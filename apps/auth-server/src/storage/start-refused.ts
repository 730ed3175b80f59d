/** The server cannot start as things are; the message tells the operator what to do. Nothing has been changed. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}
