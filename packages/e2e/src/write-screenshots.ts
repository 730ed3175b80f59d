import { join } from 'node:path'
import { consentPage } from '@countersign/auth-server/consent-page'
import { signInPage } from '@countersign/auth-server/sign-in-page'
import { launchBrowser } from '@countersign/test-tools/browser'

/** What `pnpm screenshots` runs: writes the pictures of the README, as a browser of today shows the pages. */

const DOCS = join(import.meta.dirname, '../../../docs')

const shown = {
  displayName: 'Example Accounts',
  client: { name: 'Notes' },
  redirectUri: 'https://notes.example.com/callback',
  authorizationRequest: '',
}

const PICTURES = {
  'sign-in-page.png': { page: signInPage({ ...shown, username: 'alice' }, 'en'), colorScheme: 'light' },
  'consent-page.png': {
    page: consentPage(
      {
        ...shown,
        user: { username: 'alice', name: 'Alice Wonderland' },
        items: [
          { value: 'profile' },
          { value: 'email' },
          { value: 'notes', text: 'Read and write your notes' },
        ],
        resources: [],
      },
      'en',
    ),
    colorScheme: 'dark',
  },
} as const

const browser = await launchBrowser()
for (const [name, { page, colorScheme }] of Object.entries(PICTURES)) {
  const tab = await browser.newPage({ colorScheme, viewport: { width: 520, height: 810 } })
  await tab.setContent(page.html)
  await tab.screenshot({ path: join(DOCS, name) })
}
await browser.close()
