// Unit tests of the mini-program's logic; wx is a small stand-in that answers from a script.
const assert = require('node:assert/strict')
const path = require('node:path')
const { beforeEach, test } = require('node:test')

const ROOT = path.resolve(__dirname, '../../miniprogram_stub')
const load = (name) => require(path.join(ROOT, 'utils', name))

const app = { globalData: { me: null } }
const page = { data: {}, setData: (fields) => Object.assign(page.data, fields) }
let storage, requests, answers, logins

globalThis.getApp = () => app
globalThis.getCurrentPages = () => [page]
globalThis.wx = {
  getStorageSync: (key) => storage[key] ?? '',
  setStorageSync: (key, value) => { storage[key] = value },
  removeStorageSync: (key) => { delete storage[key] },
  login: ({ success }) => { logins += 1; success({ code: 'code-' + logins }) },
  request: (options) => {
    requests.push(options)
    const answer = answers.shift()
    queueMicrotask(() => (answer.errMsg ? options.fail(answer) : options.success(answer)))
  },
}

beforeEach(() => {
  storage = { 'session-token': 'old' }
  requests = []
  answers = []
  logins = 0
})

const ok = (data) => ({ statusCode: 200, data })
const expired = () => ({ statusCode: 401, data: { title: '请重新登录', code: 'not_logged_in' } })
const session = { token: 'new', me: { bound: true } }

test('identity number: right, small x, spaces and full-width digits pass', () => {
  const { numberProblem, tidyNumber } = load('identity.js')
  assert.equal(numberProblem('11010519491231002X'), '')
  assert.equal(numberProblem('110105 19491231 002x'), '')
  assert.equal(tidyNumber('１1010519491231002ｘ'), '11010519491231002X')
})

test('identity number: each mistake has its own words', () => {
  const { numberProblem } = load('identity.js')
  assert.match(numberProblem(''), /请填写/)
  assert.match(numberProblem('1101051949123100'), /18位，您填了16位/)
  assert.match(numberProblem('1101051949123100A2'), /只能是数字/)
  assert.match(numberProblem('110105194902310021'), /出生日期/)
  assert.match(numberProblem('110105294912310020'), /出生日期/)
  assert.match(numberProblem('110105194912310021'), /有一位填错/)
})

test('name: empty, one character and digits are refused, minority names pass', () => {
  const { nameProblem } = load('identity.js')
  assert.match(nameProblem(' '), /请填写/)
  assert.match(nameProblem('李'), /完整/)
  assert.match(nameProblem('李4'), /数字/)
  assert.equal(nameProblem('阿卜杜拉·买买提'), '')
})

test('days are cut from the text, whatever the zone of the phone', () => {
  const days = load('days.js')
  assert.equal(days.dayAndTime('2026-11-21T00:30:00+08:00'), '11月21日 周六 00:30')
  assert.equal(days.longDay('2026-12-05'), '2026年12月5日')
  assert.equal(days.longDay(null), '')
  assert.equal(days.addDays('2026-12-31', 1), '2027-01-01')
  assert.equal(days.sameTerm('2026-11-22', '2027-11-21', '2026-12-16'), '2027-12-15')
  assert.equal(days.sameTerm('2026-11-22', '2027-11-21', '2028-02-29'), '2029-02-27')
  assert.equal(days.sameTerm('2026-11-01', '2027-10-31', '2027-01-01'), '2027-12-31')
  assert.equal(days.selfPay(0), '个人不另付费')
  assert.equal(days.selfPay(6000), '自己付 60元')
  assert.equal(days.yuan(0), '0元')
  assert.equal(days.yuan(6000), '60元')
  assert.equal(days.yuan(6050), '60.50元')
})

test('a follow-up asks what it must, and what two programmes share once', () => {
  const { answered, answersOf, holds, isNeeded, sharedKeys } = load('form.js')
  const adr = { key: 'adr', type: 'choice', options: [], required: true }
  const weight = { key: 'weight', type: 'decimal', options: [], required: false, required_when: 'adr = 2' }
  assert.equal(holds('symptoms has 2|3', { symptoms: ['3'] }), true)
  assert.equal(holds('not diastolic', { diastolic: '' }), true)
  assert.deepEqual([isNeeded(weight, { adr: '1' }), isNeeded(weight, { adr: '2' })], [false, true])
  assert.deepEqual(sharedKeys([adr, weight], [adr, weight]), ['weight'])
  const many = { type: 'many', none_option: '1' }
  assert.deepEqual(answered(many, ['2'], '1'), ['1'])
  assert.deepEqual(answered(many, ['1'], '2'), ['2'])
  const first = { fields: [weight], values: { weight: '61.5' }, shared: [] }
  const second = { fields: [adr, weight], values: { adr: '1' }, shared: ['weight'] }
  assert.deepEqual(answersOf(second, first), { adr: '1', weight: '61.5' })
})

test('home shows the running agreement and how far its renewal has come', () => {
  const { currentCard } = load('agreements.js')
  const row = (id, status, more) => ({ id, status, status_label: status, start_on: null, end_on: null, ...more })
  const running = row('A', 'active')
  const renewal = row('B', 'pending_team', { predecessor_id: 'A', status_label: '续签等待医生确认' })
  assert.equal(currentCard([]), null)
  assert.equal(currentCard([row('C', 'withdrawn')]), null)
  assert.deepEqual([currentCard([renewal, running]).id, currentCard([renewal, running]).renewNote], ['A', '续签等待医生确认'])
  assert.equal(currentCard([renewal]).id, 'B')
  assert.equal(currentCard([row('D', 'expired', { can_renew: true })]).id, 'D')
})

test('polled messages are merged: no doubles, oldest first, delivery renewed', () => {
  const { merge, sameBubbles } = load('conversation.js')
  const message = (id, at, more) => ({ id, at: `2026-11-21T09:00:0${at}+08:00`, sender: 'resident', text: id, mine: true, ...more })
  const first = merge([], [message('B', 2, { delivery: 'waiting', delivery_label: '正在发送' }), message('A', 1)])
  const second = merge(first, [message('C', 3, { sender: 'doctor', mine: false }), message('B', 2, { delivery: 'chat', delivery_label: '已送达聊天' })])
  assert.deepEqual(second.map((bubble) => bubble.id), ['A', 'B', 'C'])
  assert.deepEqual(second.map((bubble) => bubble.note), ['', '已送达聊天', ''])
  assert.deepEqual(second.map((bubble) => bubble.side), ['mine', 'mine', 'doctor'])
  assert.deepEqual(second.map((bubble) => bubble.heading), ['11月21日 周六', '', ''])
  assert.equal(sameBubbles(first, second), false)
  assert.equal(sameBubbles(second, merge(second, [])), true)
})

test('401: one silent login, then the call once more with the new token', async () => {
  answers = [expired(), ok(session), ok({ items: [] })]
  assert.deepEqual(await load('api.js').get('/api/teams'), { items: [] })
  assert.equal(logins, 1)
  assert.deepEqual(requests.map((r) => r.header.Authorization), ['Bearer old', undefined, 'Bearer new'])
  assert.equal(storage['session-token'], 'new')
})

test('401 twice: the problem is shown, there is no loop', async () => {
  answers = [expired(), ok(session), expired()]
  await assert.rejects(load('api.js').get('/api/teams'), { status: 401, title: '请重新登录' })
  assert.equal(requests.length, 3)
})

test('a login code that was too old on arrival: one fresh code, and not a third', async () => {
  const stale = () => ({ statusCode: 400, data: { title: '登录凭证已失效，请重新打开小程序', code: 'login_code_invalid' } })
  storage = {}
  answers = [stale(), ok(session), ok({ items: [] })]
  await load('api.js').get('/api/teams')
  assert.equal(logins, 2)
  storage = {}
  answers = [stale(), stale()]
  await assert.rejects(load('api.js').get('/api/teams'), { code: 'login_code_invalid' })
  assert.equal(logins, 4)
})

test('401 for two calls at once: one login serves both', async () => {
  answers = [expired(), expired(), ok(session), ok(1), ok(2)]
  const { get } = load('api.js')
  assert.deepEqual(await Promise.all([get('/api/teams'), get('/api/me')]), [1, 2])
  assert.equal(logins, 1)
})

test('network failure and slow network have their own words and can be retried', async () => {
  answers = [{ errMsg: 'request:fail' }, { errMsg: 'request:fail timeout' }, { statusCode: 502, data: '<html>' }]
  const { get } = load('api.js')
  await assert.rejects(get('/api/me'), { status: 0, code: 'network_unreachable' })
  await assert.rejects(get('/api/me'), { status: 0, code: 'network_timeout' })
  await assert.rejects(get('/api/me'), { status: 502, title: '系统忙，请稍后再试' })
})

test('listAll follows the cursor and stops at its end', async () => {
  answers = [ok({ items: [1], next: 'a b' }), ok({ items: [2], next: null })]
  assert.deepEqual(await load('api.js').listAll('/api/slots?hospital_id=H'), [1, 2])
  assert.match(requests[1].url, /\?hospital_id=H&cursor=a%20b$/)
})

test('a message that could not be sent stays and keeps its client id', async () => {
  const outbox = load('outbox.js')
  Object.assign(page.data, { unsent: [], bubbles: [] })
  answers = [{ errMsg: 'request:fail' }]
  assert.equal(await outbox.send(page, '/api/messages', '您好'), false)
  const [waiting] = page.data.unsent
  assert.equal(waiting.failed, true)
  const own = { id: 'A', at: '2026-11-21T09:00:00+08:00', sender: 'resident', text: '您好', mine: true }
  answers = [ok({ items: [own] })]
  assert.equal(await outbox.resend(page, '/api/messages', waiting.client_id), true)
  assert.deepEqual(requests.map((r) => r.data.client_id), [waiting.client_id, waiting.client_id])
  assert.deepEqual([page.data.unsent.length, page.data.bubbles[0].text], [0, '您好'])
})

test('a doctor calls: the number goes to the phone and stays nowhere', async () => {
  const { callResident } = load('dialling.js')
  const called = []
  globalThis.wx.makePhoneCall = ({ phoneNumber }) => called.push(phoneNumber)
  answers = [ok({ phone: '13912345678' })]
  await callResident(page, 'R1')
  assert.match(requests[0].url, /\/api\/doctor\/residents\/R1\/phone$/)
  assert.equal(requests[0].method, 'POST')
  assert.deepEqual(called, ['13912345678'])
  assert.doesNotMatch(JSON.stringify([page.data, storage, app]), /13912345678/)
  assert.equal(page.data.busy, false)
})

test('a doctor calls: what is refused is said, and nobody is called', async () => {
  const { callResident } = load('dialling.js')
  const [called, shown] = [[], []]
  globalThis.wx.makePhoneCall = ({ phoneNumber }) => called.push(phoneNumber)
  globalThis.wx.showModal = ({ content }) => shown.push(content)
  answers = [{ statusCode: 409, data: { title: '这位居民没有登记电话', code: 'phone_unknown' } }]
  await callResident(page, 'R1')
  assert.deepEqual(called, [])
  assert.deepEqual(shown, ['这位居民没有登记电话'])
})

test('a chart has room for every value and its reference, and later stands right', () => {
  const { layout } = load('chart.js')
  const trend = {
    from_at: '2026-02-01T00:00:00+08:00', until_at: '2026-03-03T00:00:00+08:00', lines: ['高压', '低压'],
    bands: [{ low: 90, high: 140 }, { low: 60, high: 90 }],
    items: [
      { measured_at: '2026-02-01T00:00:00+08:00', points: [128, 78] },
      { measured_at: '2026-03-03T00:00:00+08:00', points: [185, 95] },
    ],
  }
  const plan = layout(trend, { width: 300, height: 200 })
  const [upper, lower] = plan.lines
  assert.deepEqual(upper.map((dot) => dot.x), [plan.area.left, plan.area.right])
  assert.ok(upper[1].y < upper[0].y && upper[0].y < lower[0].y)
  assert.ok(plan.bands[0].top > upper[1].y && plan.bands[0].top < upper[0].y)
  assert.ok(plan.lines.flat().every((dot) => dot.y > 0 && dot.y < plan.area.bottom))
})

test('a measurement is sent when it is whole, in the words of its kind', () => {
  const { asBody, missing } = load('measure.js')
  assert.match(missing({ kind: 'blood_pressure', systolic: '', diastolic: '78' }), /高压/)
  assert.match(missing({ kind: 'glucose', glucose: '6,1' }), /血糖/)
  assert.equal(missing({ kind: 'blood_pressure', systolic: '128', diastolic: '78' }), '')
  assert.deepEqual(asBody({ kind: 'blood_pressure', systolic: '128', diastolic: '78', who: 'W' }), {
    kind: 'blood_pressure', systolic: 128, diastolic: 78, for_id: 'W',
  })
  assert.deepEqual(asBody({ kind: 'glucose', glucose: '126', unit: 'mg/dL', moment: 'fasting', who: '' }), {
    kind: 'glucose', glucose: '126', unit: 'mg/dL', moment: 'fasting',
  })
})

test('the desk: what cannot wait is an alarm, and only an empty desk is quiet', () => {
  const { tilesOf, isQuiet } = load('desk.js')
  const home = {
    waiting_conversations: 0, urgent_conversations: 1, pending_agreements: 0, due_followups: 0, overdue_followups: 0, open_tasks: 0,
  }
  const urgent = tilesOf(home)
  assert.deepEqual(urgent.map((tile) => tile.alarm), [true, false, false, false])
  assert.equal(isQuiet(urgent), false)
  assert.equal(isQuiet(tilesOf({ ...home, urgent_conversations: 0 })), true)
})

test('what the assistant offers by number becomes buttons under its last message only', () => {
  const { merge } = load('conversation.js')
  const said = (id, sender, text) => ({ id, sender, text, at: `2026-11-23T09:00:0${id}+08:00`, mine: sender === 'resident' })
  const asked = merge([], [said('1', 'bot', '请问要约哪个科室？请回复数字：\n1 内科（县医院）\n2 外科')])
  assert.deepEqual(asked[0].choices, [{ number: '1', label: '内科（县医院）' }, { number: '2', label: '外科' }])
  assert.equal(asked[0].shown, '请问要约哪个科室？请点下面一项：')
  const confirm = merge(asked, [said('2', 'resident', '1'), said('3', 'bot', '请核对：内科\n回复 1 确认，回复 2 不办。')])
  assert.deepEqual(confirm[0].choices, [])
  assert.deepEqual(confirm[2].choices.map((choice) => choice.label), ['确认', '不办'])
  assert.deepEqual(merge(confirm, [said('4', 'doctor', '1 天后再来')])[3].choices, [])
})

test('what a resident wrote last goes along to the next form, once', () => {
  const { takenWords } = load('handing.js')
  const prefill = load('prefill.js')
  assert.equal(takenWords([{ sender: 'resident', text: '头晕' }, { sender: 'doctor', text: '多久了' }]), '居民说：头晕')
  assert.equal(takenWords([{ sender: 'bot', text: '您好' }]), '')
  const two = [{ id: 'a', sender: 'resident', text: '头晕' }, { id: 'b', sender: 'resident', text: '谢谢' }]
  assert.equal(takenWords(two), '居民说：谢谢')
  assert.equal(takenWords(two, 'a'), '居民说：头晕')
  assert.equal(takenWords(two, 'gone'), '居民说：谢谢')
  prefill.keep('居民说：头晕')
  assert.deepEqual([prefill.take(), prefill.take()], ['居民说：头晕', ''])
})
