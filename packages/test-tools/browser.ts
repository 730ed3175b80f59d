import { fileURLToPath } from 'node:url'

/** Chromium for Linux, packed, and the driver that any Chromium takes. */
export { default as chromium, inflate } from '@sparticuz/chromium'
export { type Browser, chromium as driver, type Page } from 'playwright-core'

/** Where its package is. */
export const CHROMIUM_PACKAGE: string = fileURLToPath(
  new URL('..', import.meta.resolve('@sparticuz/chromium')),
)
