// Setting the clock to a chosen time; it only goes forward.
import { moveClock, now, onClockChange } from './clock.js'
import { field, make } from './dom.js'
import { localInput } from './times.js'

export function clockSection({ say }) {
  const input = make('input', { type: 'datetime-local', required: true, data: { testid: 'clock-input' } })
  const set = make('button', { type: 'submit', textContent: '拨到', data: { testid: 'clock-set' } })
  const fill = () => { input.value = localInput(now()) }
  onClockChange(fill)
  const form = make('form', {
    className: 'line-form',
    async onsubmit(event) {
      event.preventDefault()
      try {
        await moveClock({ set: `${input.value}:00+08:00` })
      } catch (error) {
        say(`时间没有改变：${error.message}`)
      }
    },
  }, field('北京时间', input), set)
  fill()
  const note = make('p', { className: 'hint', textContent: '时间只能往前走；到期的提醒会由调度进程在几秒内发出。' })
  return { body: make('div', {}, form, note) }
}
