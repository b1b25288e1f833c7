// Inside the sandbox's page the phone belongs to one of the sandbox's users: it asks the sandbox, not itself.
import { customerService, phoneNumber } from './account_api.js'
import { api } from './callbacks.js'
import { config, sandboxUser } from './config.js'
import { make } from './dom.js'
import { permissionSheet } from './overlays.js'

/** WeChat opens the subscribe dialog only straight from a tap; a slow request before it is too late. */
const TAP_IS_FRESH_MS = 1500

/** @returns {Promise<object>} the JSON answer; throws what WeChat would tell the page */
async function ask(path, body) {
  const init = body && {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  }
  const response = await fetch(path, init || undefined)
  const answer = await response.json().catch(() => ({}))
  if (response.ok) return answer
  const reason = answer.errmsg || answer.error || answer.title || response.statusText
  throw { errMsg: reason, errno: answer.errno ?? answer.errcode ?? response.status }
}

const ofUser = (path, body) => ask(`/sandbox/users/${encodeURIComponent(sandboxUser.id)}${path}`, body)
const appid = () => sandboxUser.appid || config.appId

async function login() {
  const { code } = await ofUser('/login', { appid: appid() })
  return { code }
}

/** WeChat's half-screen sheet of a getPhoneNumber button. */
async function requestPhoneNumber() {
  const user = await ofUser('').catch(() => ({}))
  const allowed = await permissionSheet({
    title: '申请获取并验证你的手机号',
    body: [make('p', { className: 'mp-number', textContent: maskPhone(user.phone) })],
    reject: '不允许',
    testId: 'phone-number-sheet',
  })
  if (!allowed) return { errMsg: 'getPhoneNumber:fail user deny', errno: 103 }
  try {
    const { code, errno, errmsg } = await ofUser('/phone-code', { appid: appid() })
    return code ? { errMsg: 'getPhoneNumber:ok', code } : { errMsg: `getPhoneNumber:fail ${errmsg || ''}`.trim(), errno }
  } catch ({ errMsg, errno }) {
    return { errMsg: `getPhoneNumber:fail ${errMsg}`, errno }
  }
}

const maskPhone = (phone) => (phone ? String(phone).replace(/^(\d{3})\d+(\d{4})$/, '$1****$2') : '微信绑定的手机号')

let lastTap = -Infinity
addEventListener('pointerup', () => { lastTap = performance.now() }, true)

async function requestSubscribeMessage({ tmplIds = [] }) {
  if (performance.now() - lastTap > TAP_IS_FRESH_MS) throw { errMsg: 'can only be invoked by user TAP gesture.' }
  const question = { appid: appid(), template_ids: tmplIds }
  const { ask: asked = [], errcode, errmsg } = await ofUser('/subscribe', { ...question, ask: true })
  if (errcode) throw subscribeFailure(errcode, errmsg)
  const { choices, keep } = asked.length ? await askForMessages(asked) : { choices: {}, keep: false }
  const answer = await ofUser('/subscribe', { ...question, choices, keep })
  if (answer.errcode) throw subscribeFailure(answer.errcode, answer.errmsg)
  return answer.results
}

const subscribeFailure = (errCode, errMsg) => ({ errCode, errMsg: errMsg || `subscribe message error ${errCode}` })

/** WeChat's dialog: what is not ticked, or everything after 拒绝, is rejected. Kept choices are not asked again. */
async function askForMessages(templates) {
  const rows = templates.map(({ id, title }) => templateRow(id, title))
  const keep = make('input', { type: 'checkbox' })
  keep.dataset.testid = 'subscribe-keep'
  const keepLabel = make('label', { className: 'mp-keep' }, keep, '总是保持以上选择，不再询问')
  const allowed = await permissionSheet({
    title: '申请发送以下消息', body: [...rows.map(({ row }) => row), keepLabel], testId: 'subscribe-sheet',
  })
  const choices = Object.fromEntries(rows.map(({ id, box }) => [id, allowed && box.checked ? 'accept' : 'reject']))
  return { choices, keep: keep.checked }
}

function templateRow(id, title) {
  const box = make('input', { type: 'checkbox', checked: true })
  box.dataset.templateId = id
  return { id, box, row: make('label', { className: 'mp-template' }, make('span', { textContent: title || '服务通知' }), box) }
}

/** Moves `Date` in this frame to the sandbox's clock, so that pages and server agree which day it is. */
export async function followClock() {
  const { offset_seconds: offsetSeconds = 0 } = await ask('/sandbox/clock').catch(() => ({}))
  let offsetMs = offsetSeconds * 1000
  const RealDate = Date
  const now = () => RealDate.now() + offsetMs
  window.Date = class SandboxDate extends RealDate {
    constructor(...parts) { super(...(parts.length ? parts : [now()])) }
    static now() { return now() }
  }
  addEventListener('message', ({ origin, data }) => {
    if (origin === location.origin && data?.type === 'sandbox-clock') offsetMs = data.offsetSeconds * 1000
  })
}

/** The wx.* a sandbox user's phone answers differently. */
export function sandboxApi() {
  phoneNumber.request = requestPhoneNumber
  // alone in its window the phone has no chat to show
  if (parent !== window) {
    customerService.open = ({ sessionFrom }) => parent.postMessage({ type: 'sandbox-contact', sessionFrom }, location.origin)
  }
  return {
    login: api('login', login),
    requestSubscribeMessage: api('requestSubscribeMessage', requestSubscribeMessage),
  }
}
