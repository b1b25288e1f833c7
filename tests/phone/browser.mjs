// What the browser tests share: Chromium, steps that report, the visible page's selector.
import { chromium } from 'playwright-core'

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** Prefix for everything inside the visible page of the mini-program. */
export const ACTIVE = 'wx-page.mp-active '

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: FLAGS })

/** Runs named steps one after the other; a failed one does not stop the rest. */
export class Steps {
  constructor() {
    this.failures = 0
    this.complaints = []
  }

  /** Console errors, warnings and uncaught errors of a page count as a failure at the end. */
  watch(page) {
    page.setDefaultTimeout(4000)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(error.stack))
    return page
  }

  async run(name, work) {
    try {
      await work()
      console.log(`ok   ${name}`)
    } catch (error) {
      this.failures += 1
      console.log(`FAIL ${name}: ${error.message.split('\n').slice(0, 8).join(' / ')}`)
    }
  }

  /** @returns the exit code */
  finish() {
    for (const complaint of this.complaints) console.log(`FAIL console: ${complaint}`)
    return this.failures || this.complaints.length ? 1 : 0
  }
}

/** Drags from one point to another with one finger or the mouse. */
export async function drag(page, touch, [x1, y1], [x2, y2]) {
  if (!touch) {
    await page.mouse.move(x1, y1)
    await page.mouse.down()
    await page.mouse.move(x2, y2, { steps: 4 })
    await page.mouse.up()
    return
  }
  const session = await page.context().newCDPSession(page)
  const send = (type, touchPoints) => session.send('Input.dispatchTouchEvent', { type, touchPoints })
  await send('touchStart', [{ x: x1, y: y1 }])
  await send('touchMove', [{ x: (x1 + x2) / 2, y: (y1 + y2) / 2 }])
  await send('touchMove', [{ x: x2, y: y2 }])
  await send('touchEnd', [])
}
