import { createAccessTokenVerifier } from '/work/main/packages/access-token-verifier/src/index.ts'
import { createTestIssuer } from '/work/main/packages/access-token-verifier/src/testing.ts'
const issuer = createTestIssuer()
for (const rememberedTokens of [10000, 0]) {
  const v = createAccessTokenVerifier({ ...issuer, rememberedTokens })
  const t = issuer.token({ scope: 'profile', name: 'Alice Wonderland', preferred_username: 'alice', auth_time: 1 })
  const n = rememberedTokens ? 200000 : 10000
  for (let i=0;i<n/10;i++) await v.verify(t,{scope:['profile']})
  const s = performance.now(); for (let i=0;i<n;i++) await v.verify(t,{scope:['profile']}); console.log(rememberedTokens, ((performance.now()-s)/n*1000).toFixed(2),'us', t.length)
}
const v = createAccessTokenVerifier(issuer)
await v.verify(issuer.token())
const tokens = Array.from({length:10000},(_, i)=>issuer.token({ scope: 'profile', sub: 'usr_'+crypto.randomUUID(), name: 'Alice Wonderland '+i, preferred_username: 'alice'+i, auth_time: 1 }))
globalThis.gc(); const before = process.memoryUsage().heapUsed
for (const t of tokens) await v.verify(t)
globalThis.gc(); console.log('MB', (process.memoryUsage().heapUsed-before)/1e6)
let s=performance.now(); for (const t of tokens) await v.verify(t); console.log('hit', (performance.now()-s)/10)
