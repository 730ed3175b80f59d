// How many passwords one thread compares in a second. Arguments: one of the names below, and how many seconds. Prints JSON.
import * as argon2 from '@node-rs/argon2'
import * as nativeBcrypt from '@node-rs/bcrypt'
import bcryptjs from 'bcryptjs'

const WARM_UP_SECONDS = 1
const PASSWORD = 'correct horse battery staple'

/** What OWASP recommends for Argon2id: 19 MiB, two passes, one lane. */
const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

const WAYS = {
  'bcryptjs 10': [() => bcryptjs.hashSync(PASSWORD, 10), (hash) => bcryptjs.compareSync(PASSWORD, hash)],
  'bcryptjs 12': [() => bcryptjs.hashSync(PASSWORD, 12), (hash) => bcryptjs.compareSync(PASSWORD, hash)],
  'bcrypt 10': [
    () => nativeBcrypt.hashSync(PASSWORD, { cost: 10 }),
    (hash) => nativeBcrypt.verifySync(PASSWORD, hash),
  ],
  'bcrypt 12': [
    () => nativeBcrypt.hashSync(PASSWORD, { cost: 12 }),
    (hash) => nativeBcrypt.verifySync(PASSWORD, hash),
  ],
  argon2id: [() => argon2.hashSync(PASSWORD, ARGON2), (hash) => argon2.verifySync(hash, PASSWORD)],
}

const [name, seconds] = process.argv.slice(2)
const [makeHash, compare] = WAYS[name]
const hash = makeHash()

const compareFor = (duration) => {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < duration * 1000) {
    if (!compare(hash)) throw new Error('the password does not match')
    count += 1
  }
  return count / ((performance.now() - start) / 1000)
}

compareFor(WARM_UP_SECONDS)
process.stdout.write(JSON.stringify({ perSecond: compareFor(Number(seconds)) }))
