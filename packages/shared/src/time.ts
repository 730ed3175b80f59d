/** A duration, or an instant as seconds since 1970-01-01T00:00:00Z (NumericDate, RFC 7519 §2). Always a whole number. */
export type Seconds = number

/** Returns the current time. Injected wherever time matters, so that tests can change it. */
export type Clock = () => Seconds

/** The machine's clock, rounded down to whole seconds. Nothing else reads the clock. */
export const systemClock: Clock = () => Math.floor(Date.now() / 1000)
