import { createHash } from 'node:crypto'
import { PATHS } from '../../oauth/paths.ts'

/**
 * The only script of the pages. It shows what works with it alone, the button that shows the password, and submits the
 * form of an authorization response. A shown password is hidden again before it is sent: a browser remembers texts.
 */
const TEXT = `'use strict'
const password = document.querySelector('#password')
const button = document.querySelector('#show-password')
if (password && button) {
  const turn = () => {
    password.type = password.type === 'password' ? 'text' : 'password'
    const { otherLabel, otherText } = button.dataset
    button.dataset.otherLabel = button.getAttribute('aria-label')
    button.dataset.otherText = button.textContent
    button.setAttribute('aria-label', otherLabel)
    button.textContent = otherText
  }
  button.hidden = false
  button.addEventListener('click', turn)
  password.form.addEventListener('submit', () => password.type === 'text' && turn())
}
document.querySelector('#form-post')?.requestSubmit()
`

const VERSION = createHash('sha256').update(TEXT).digest('base64url').slice(0, 16)

/** The script, and its address, which changes with its text and so can be cached for ever. */
export const PAGE_SCRIPT = {
  text: TEXT,
  version: VERSION,
  src: PATHS.pageScript.path.replace(':version', VERSION),
} as const
