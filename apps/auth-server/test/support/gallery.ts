import type { Language } from '../../src/http/languages/choose-language.ts'
import { en } from '../../src/http/languages/en.ts'
import { consentPage } from '../../src/http/pages/consent-page.ts'
import { errorPage } from '../../src/http/pages/error-page.ts'
import { formPostPage } from '../../src/http/pages/form-post-page.ts'
import type { Page } from '../../src/http/pages/page.ts'
import { selectAccountPage } from '../../src/http/pages/select-account-page.ts'
import { signInPage } from '../../src/http/pages/sign-in-page.ts'
import { signedOutPage, signOutPage } from '../../src/http/pages/sign-out-page.ts'

/** What the pages of a gallery show. */
export interface Shown {
  readonly displayName: string
  readonly client: { readonly name: string; readonly logoUri?: string }
  readonly redirectUri: string
  readonly authorizationRequest: string
  readonly user: { readonly username: string; readonly name: string }
  readonly resources: readonly string[]
  readonly description: string
  readonly detail: string
}

export const ORDINARY: Shown = {
  displayName: 'Example Accounts',
  client: { name: 'Notes' },
  redirectUri: 'https://notes.example.com/callback',
  authorizationRequest: 'eyJhbGciOiJkaXIifQ..request',
  user: { username: 'alice', name: 'Alice Wonderland' },
  resources: ['https://api.example.com'],
  description: 'Read and write your notes',
  detail: 'The parameter code_challenge is missing.',
}

/** Long words, which a narrow window has no room for. */
export const LONG: Shown = {
  ...ORDINARY,
  displayName: 'Bundesausbildungsförderungsgesetzverwaltung-of-Example-Incorporated',
  client: { name: 'Donaudampfschifffahrtsgesellschaftskapitänsmützenverwaltung' },
  redirectUri: `https://${'notes-'.repeat(9)}x.${'sub-'.repeat(9)}x.example.com/callback`,
  user: {
    username: `${'alice.wonderland'.repeat(4)}@example.com`,
    name: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(2),
  },
  resources: [`https://${'api-'.repeat(12)}x.example.com`, 'urn:example:something'],
  description: 'Read'.repeat(30),
  detail: 'x'.repeat(200),
}

type Show = (language: Language) => Page

/** Every page in every state, by name. */
export function galleryOf(shown: Shown): Readonly<Record<string, Show>> {
  const { displayName, client, redirectUri, authorizationRequest, user } = shown
  const asked = { displayName, client, redirectUri, authorizationRequest }
  const username = user.username
  const items = [
    { value: 'openid' },
    { value: 'profile' },
    { value: 'notes', text: shown.description },
    { value: shown.description },
    { value: 'offline_access' },
  ]
  const fields = {
    code: shown.detail,
    state: shown.detail,
    [shown.detail]: '',
    iss: 'https://auth.example.com',
  }

  return {
    'sign-in': (language) => signInPage(asked, language),
    'sign-in-hinted': (language) => signInPage({ ...asked, username }, language),
    'sign-in-wrong': (language) => signInPage({ ...asked, username, problem: 'wrong' }, language),
    'sign-in-throttled': (language) =>
      signInPage({ ...asked, username, problem: 'throttled', retryAfter: 61 }, language),
    'sign-in-overloaded': (language) =>
      signInPage({ ...asked, username, problem: 'overloaded', retryAfter: 2 }, language),
    'select-account': (language) => selectAccountPage({ ...asked, user }, language),
    consent: (language) => consentPage({ ...asked, user, items, resources: shown.resources }, language),
    'form-post': (language) => formPostPage({ redirectUri, fields }, language),
    'sign-out': (language) => signOutPage({ displayName, user, fields }, language),
    'signed-out': (language) => signedOutPage({ displayName }, language),
    ...Object.fromEntries(
      (Object.keys(en.errors) as (keyof typeof en.errors)[]).map((problem): [string, Show] => [
        `error-${problem}`,
        (language) => errorPage({ displayName, problem, requestId: 'req_1', detail: shown.detail }, language),
      ]),
    ),
  }
}
