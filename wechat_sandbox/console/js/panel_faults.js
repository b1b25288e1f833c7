// Trouble on demand: the next calls of a path fail in the chosen way.
import { sandbox } from './api.js'
import { button, field, make, select } from './dom.js'

const PATHS = [
  '/cgi-bin/message/subscribe/send', '/cgi-bin/message/custom/send', '/cgi-bin/message/template/send',
  '/sns/jscode2session', '/wxa/business/getuserphonenumber', '/cgi-bin/stable_token', '/cgi-bin/token', '/cgi-bin/menu/create', '*',
]
const KINDS = [
  ['errcode', '错误码'], ['delay', '变慢'], ['http', 'HTTP 状态'], ['drop_before', '没收到就断开'],
  ['drop_after', '处理后断开'], ['timeout', '不回应'],
]
const COMMON_ERRCODES = [
  [-1, '-1 系统繁忙'], [40001, '40001 令牌无效'], [42001, '42001 令牌过期'], [43101, '43101 用户拒绝'],
  [45009, '45009 超出配额'], [45015, '45015 超过 48 小时'], [40226, '40226 高风险用户'],
]

export function faultsSection({ say }) {
  const list = make('ul', { className: 'faults', data: { testid: 'fault-list' } })
  const refresh = async () => {
    const faults = await sandbox.faults()
    list.replaceChildren(...faults.map(describe))
    clear.disabled = faults.length === 0
  }
  const clear = button('全部清除', async () => {
    await sandbox.clearFaults()
    await refresh()
  }, { testid: 'fault-clear' })
  const form = faultForm(async (fault) => {
    try {
      await sandbox.addFault(fault)
    } catch (error) {
      say(`没有注入：${error.message}`)
    }
    await refresh()
  })
  return { body: make('div', {}, form, list, clear), refresh }
}

function faultForm(submit) {
  const path = select(PATHS.map((value) => [value, value === '*' ? '所有接口' : value]), { data: { testid: 'fault-path' } })
  const kind = select(KINDS, { data: { testid: 'fault-kind' } })
  const errcode = select(COMMON_ERRCODES, { data: { testid: 'fault-errcode' } })
  const seconds = make('input', { type: 'number', min: 0, max: 120, value: 3, data: { testid: 'fault-seconds' } })
  const status = make('input', { type: 'number', min: 400, max: 599, value: 502, data: { testid: 'fault-status' } })
  const count = make('input', { type: 'number', min: 1, max: 999, value: 1, data: { testid: 'fault-count' } })
  const extra = { errcode: field('错误码', errcode), delay: field('秒', seconds), timeout: field('秒', seconds), http: field('状态', status) }
  const place = make('div')
  const showExtra = () => place.replaceChildren(...(extra[kind.value] ? [extra[kind.value]] : []))
  kind.addEventListener('change', showExtra)
  const details = {
    errcode: () => ({ errcode: Number(errcode.value) }),
    delay: () => ({ seconds: Number(seconds.value) }),
    timeout: () => ({ seconds: Number(seconds.value) }),
    http: () => ({ status: Number(status.value) }),
  }
  extra.timeout = extra.delay
  showExtra()
  return make('form', {
    className: 'grid-form',
    onsubmit(event) {
      event.preventDefault()
      submit({ path: path.value, kind: kind.value, count: Number(count.value), ...details[kind.value]?.() })
    },
  }, field('接口', path), field('怎样出错', kind), place, field('次数', count),
  make('button', { type: 'submit', textContent: '注入', data: { testid: 'fault-add' } }))
}

function describe({ path, kind, errcode, seconds, status, count, struck }) {
  const name = Object.fromEntries(KINDS)[kind] || kind
  const value = { errcode, delay: `${seconds} 秒`, timeout: `${seconds} 秒`, http: status }[kind] ?? ''
  return make('li', { textContent: `${path}：${name} ${value}，剩 ${count ?? '不限'} 次，已发生 ${struck ?? 0} 次` })
}
