import { type Browser, launchBrowser } from '@countersign/test-tools/browser'
import { onTestFinished } from 'vitest'

/** Opens a real Chromium; it ends with the test. */
export async function openBrowser(): Promise<Browser> {
  const browser = await launchBrowser()
  onTestFinished(() => browser.close())
  return browser
}
