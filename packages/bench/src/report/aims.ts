import type { GroupResult } from './publish.ts'
import { type Row, renderTable } from './table.ts'

/** The results of all groups by their names, as `performance.json` holds them. */
export type Summary = Readonly<Record<string, GroupResult | undefined>>

/** Finds one figure; `NaN` when it was not measured. */
type Find = (group: string, table: string, row: string, column: string) => number

/** What is aimed at, and how the figures are found. All of them must be within the aim. */
interface Aim {
  readonly aim: string
  readonly atLeast?: number
  readonly atMost?: number
  readonly measure: (find: Find) => readonly number[]
}

const ONE_TOKEN = '`GET /users/me`, one reused token'
const MANY_TOKENS = '`GET /users/me`, 5,000 tokens in turn'
const FRESH_TOKENS = '`GET /users/me`, a fresh token per request'
const LIMIT = 'Koa + @koa/router, no check'
const JOSE = 'koa + jose remote key set'
const FAST_JWT = 'koa + fast-jwt with its cache'
const BEARER = 'express + express-oauth2-jwt-bearer'
const TOKEN = '`POST /token`, client_credentials'
const OURS_ON_SQLITE = 'countersign, on SQLite'
const SIGN_IN = [10, 12].map((cost) => `\`POST /token\`, password, cost ${cost}`)
const STORM = ['`GET /.well-known/jwks.json`, 100 a second', '`client_credentials`, 50 a second']
const MEMORY = ['authorization server, `client_credentials`', 'resource server, `GET /users/me`']
const READY = ['authorization server, existing database', 'resource server, issuer running']
const OPERATIONS = ['sign-in', 'refresh', 'revocation'].map((name) => `${name}: in the database`)
const STATUS_LIST = 'SQLite: the status lists of 1,000,000 authorizations, 1 % ended'

/** How many times as fast as a peer ours is. */
const timesOf = (find: Find, peer: string, tables: readonly string[]): readonly number[] =>
  tables.map((table) => 1 / find('resource', table, peer, 'ofOurs'))

/** The aims of the page, in its order. */
const AIMS: readonly Aim[] = [
  {
    aim: '`/users/me`, one token and 5,000 tokens: at least 0.92 of Koa + @koa/router',
    atLeast: 0.92,
    measure: (find) =>
      [ONE_TOKEN, MANY_TOKENS].map((table) => find('resource', table, 'countersign', 'ofLimit')),
  },
  {
    aim: 'the same: at least 3 times koa + jose',
    atLeast: 3,
    measure: (find) => timesOf(find, JOSE, [ONE_TOKEN, MANY_TOKENS]),
  },
  {
    aim: 'the same: at least 1.3 times koa + fast-jwt with its cache',
    atLeast: 1.3,
    measure: (find) => timesOf(find, FAST_JWT, [ONE_TOKEN, MANY_TOKENS]),
  },
  {
    aim: 'the same: p99 at most 1.3 times that of Koa + @koa/router',
    atMost: 1.3,
    measure: (find) =>
      [ONE_TOKEN, MANY_TOKENS].map(
        (table) => find('resource', table, 'countersign', 'p99') / find('resource', table, LIMIT, 'p99'),
      ),
  },
  {
    aim: '`/users/me`, a fresh token: at least koa + jose, and express-oauth2-jwt-bearer',
    atLeast: 1,
    measure: (find) => [JOSE, BEARER].flatMap((peer) => timesOf(find, peer, [FRESH_TOKENS])),
  },
  {
    aim: '`client_credentials`, on SQLite: at least 0.86 of node:http that only signs',
    atLeast: 0.86,
    measure: (find) => [find('token', TOKEN, OURS_ON_SQLITE, 'ofLimit')],
  },
  {
    aim: 'the same: at least 1.15 times oidc-provider, and @jmondi/oauth2-server',
    atLeast: 1.15,
    measure: (find) =>
      ['oidc-provider', '@jmondi/oauth2-server'].map((peer) => 1 / find('token', TOKEN, peer, 'ofOurs')),
  },
  {
    aim: 'sign-in at cost 10 and 12: at least 0.97 of bcryptjs alone',
    atLeast: 0.97,
    measure: (find) => SIGN_IN.map((table) => find('sign-in', table, OURS_ON_SQLITE, 'ofLimit')),
  },
  {
    aim: 'p99 of the key set and of `client_credentials` in a sign-in storm: at most twice that of idle',
    atMost: 2,
    measure: (find) => STORM.map((row) => find('sign-in', 'A sign-in storm', row, 'ratio')),
  },
  {
    aim: 'ready on an existing database: under 450 ms',
    atMost: 450,
    measure: (find) => READY.map((row) => find('footprint', 'Time to ready', row, 'ms')),
  },
  {
    aim: 'memory of the authorization server, idle: under 100 MB',
    atMost: 100,
    measure: (find) =>
      MEMORY.slice(0, 1).map((row) => find('footprint', 'Resident memory, MB', row, 'part0')),
  },
  {
    aim: 'memory of the resource server, idle: under 95 MB',
    atMost: 95,
    measure: (find) => MEMORY.slice(1).map((row) => find('footprint', 'Resident memory, MB', row, 'part0')),
  },
  {
    aim: 'memory after 100,000 requests: under 160 MB',
    atMost: 160,
    measure: (find) => MEMORY.map((row) => find('footprint', 'Resident memory, MB', row, 'part4')),
  },
  {
    aim: 'sign-in, refresh, revocation with 1 million users: at most 1.2 times 1 thousand',
    atMost: 1.2,
    measure: (find) =>
      ['SQLite', 'PostgreSQL'].flatMap((database) =>
        OPERATIONS.map((row) => find('scale', database, row, 'ratio1000000')),
      ),
  },
  {
    aim: 'a status list of 1 million authorizations: built in at most 60 ms',
    atMost: 60,
    measure: (find) => [find('scale', STATUS_LIST, 'built and answered, ms', 'value')],
  },
  {
    aim: 'the same: at most 25 KB',
    atMost: 25,
    measure: (find) => [find('scale', STATUS_LIST, 'size of one, signed, KB', 'value')],
  },
]

/** Says for each aim what was measured, and whether it is met. */
export function renderAims(summary: Summary): string {
  return renderTable({
    title: 'Aims',
    columns: [
      { key: 'measured', title: 'measured', digits: 2 },
      { key: 'met', title: 'met', digits: 0 },
    ],
    rows: AIMS.map((aim) => rowOf(aim, finderIn(summary))),
  })
}

function rowOf({ aim, atLeast = 0, atMost = Number.POSITIVE_INFINITY, measure }: Aim, find: Find): Row {
  const figures = measure(find)
  if (figures.some((figure) => Number.isNaN(figure))) return { title: aim, cells: {} }
  const isMet = figures.every((figure) => figure >= atLeast && figure <= atMost)
  const measured = figures.map((figure) => figure.toFixed(figure < 10 ? 2 : 0)).join(', ')
  return { title: aim, cells: { measured, met: isMet ? 'yes' : 'NO' } }
}

function finderIn(summary: Summary): Find {
  return (group, table, row, column) => {
    const rows = summary[group]?.tables.find(({ title }) => title === table)?.rows
    const cell = rows?.find(({ title }) => title === row)?.cells[column]
    if (typeof cell === 'object') return cell.median
    return typeof cell === 'number' ? cell : Number.NaN
  }
}
