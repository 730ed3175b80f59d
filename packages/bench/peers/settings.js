/** What the harness tells a contestant: where to listen, and whose tokens for whom count. */
export const readSettings = () => ({
  host: '127.0.0.1',
  port: Number(process.env.BENCH_PORT),
  issuer: process.env.BENCH_ISSUER ?? '',
  audience: process.env.BENCH_AUDIENCE ?? '',
  clientId: process.env.BENCH_CLIENT_ID ?? '',
  clientSecret: process.env.BENCH_CLIENT_SECRET ?? '',
})

/** Where the issuer's keys are. */
export const jwksUri = (issuer) => `${issuer}/.well-known/jwks.json`
