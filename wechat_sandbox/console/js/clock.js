// The sandbox's clock: shown, moved, and told to the mini-programs in the phones.
import { sandbox } from './api.js'
import { fullTime } from './times.js'

let offsetSeconds = 0
const listeners = []

/** The virtual time now. */
export const now = () => new Date(Date.now() + offsetSeconds * 1000)

export const onClockChange = (listener) => { listeners.push(listener) }

export async function refreshClock() {
  accept(await sandbox.clock())
}

/** @param {{advance_seconds: number} | {set: string}} change */
export async function moveClock(change) {
  accept(await sandbox.moveClock(change))
}

function accept({ epoch, offset_seconds: reported }) {
  // the browser's clock may differ from the machine's: the difference is part of the offset here
  const measured = typeof epoch === 'number' ? epoch - Date.now() / 1000 : reported
  const moved = Math.abs(measured - offsetSeconds) > 2
  offsetSeconds = measured
  show()
  if (moved) for (const listener of listeners) listener(offsetSeconds)
}

function show() {
  const output = document.querySelector('[data-testid=clock-now]')
  output.textContent = fullTime(now())
  output.dataset.epoch = String(Math.floor(now().getTime() / 1000))
}
