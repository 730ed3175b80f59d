/** Whether the bit of an index is set in a decoded status list; `undefined` when the list does not reach so far. */
export function isRevokedAt(bytes: Uint8Array, index: number): boolean | undefined {
  const byte = bytes[index >> 3]
  return byte === undefined ? undefined : (byte & (1 << (index & 7))) !== 0
}
