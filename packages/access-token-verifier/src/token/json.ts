/** A JSON object, nothing known of its members yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for an object as JSON means it: no list, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
