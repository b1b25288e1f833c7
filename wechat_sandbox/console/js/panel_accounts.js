// The accounts of the sandbox and where their callbacks go.
import { sandbox } from './api.js'
import { make } from './dom.js'

const KINDS = { miniprogram: '小程序', service_account: '服务号' }
const MODES = { plain: '明文', compatible: '兼容', secure: '安全（加密）' }

const SHOWN = 8

export function accountsSection() {
  const body = make('div', { data: { testid: 'accounts' } })
  const refresh = async () => {
    const [apps, deliveries] = await Promise.all([sandbox.apps(), sandbox.deliveries(SHOWN).catch(() => [])])
    body.replaceChildren(...apps.map(describe), recent(deliveries))
  }
  return { body, refresh }
}

function describe(app) {
  const rows = [
    ['appid', app.appid],
    ['回调地址', app.callback_url || '未设置'],
    ['消息加密', MODES[app.mode] || app.mode],
    ['格式', String(app.push_format || app.format || '').toUpperCase()],
    ['页面', app.pages?.length ? `${app.pages.length} 个，${app.released === false ? '未发布' : '已发布'}` : '—'],
  ]
  return make('dl', { className: 'facts' },
    make('dt', { className: 'name', textContent: `${KINDS[app.kind] || app.kind} ${app.name || ''}` }),
    ...rows.flatMap(([label, value]) => [make('dt', { textContent: label }), make('dd', { textContent: value })]))
}

/** The last callbacks the sandbox sent to our server, newest first. */
function recent(deliveries) {
  const lines = deliveries.slice().reverse().map(({ msg_type: type, event, outcome, tries, dropped, unavailable }) => {
    const times = (tries || []).map((one) => `${one.status ?? one.error ?? '无回应'} ${Math.round(one.ms ?? 0)} 毫秒`).join('，')
    const failed = unavailable || dropped
    return make('li', { className: failed ? 'bad' : '', textContent: `${event || type} → ${outcome}${times ? `（${times}）` : ''} ${dropped || ''}` })
  })
  return make('div', {}, make('p', { className: 'hint', textContent: '最近的回调' }),
    make('ul', { className: 'faults', data: { testid: 'deliveries' } }, ...lines))
}
