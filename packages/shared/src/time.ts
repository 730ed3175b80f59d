/** A length of time, or an instant as seconds since 1970-01-01T00:00:00Z (NumericDate, RFC 7519 §2). Always whole. */
export type Seconds = number

/** Answers what time it is. Injected wherever time matters, so that tests can move it. */
export type Clock = () => Seconds

/** The machine's clock, cut to whole seconds. The only place that reads it. */
export const systemClock: Clock = () => Math.floor(Date.now() / 1000)
