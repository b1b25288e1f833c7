// The page against a running sandbox: node console_steps.mjs <address of the sandbox>
// Expects users u0001 林秀英 (phone 13800138000, follows the service account) and u0002 陈医生 (does not),
// one template card with a page in the chat of u0001, one notice with a page, and an echo as our server.
import assert from 'node:assert/strict'
import { ACTIVE, Steps, launch } from './browser.mjs'

const [base] = process.argv.slice(2)
const steps = new Steps()
const browser = await launch()
const page = steps.watch(await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage())
await page.goto(`${base}/`)

const resident = page.getByTestId('phone-resident')
const doctor = page.getByTestId('phone-doctor')
const mini = resident.frameLocator('[data-testid=mini-frame]')
const out = mini.locator(`${ACTIVE}#out`)
const outJson = async (test) => {
  await assert.doesNotReject(async () => {
    for (let tries = 0; tries < 40; tries += 1) {
      const text = await out.innerText()
      if (text.startsWith('{') || text.startsWith('[')) {
        const value = JSON.parse(text)
        if (test(value)) return
      }
      await page.waitForTimeout(100)
    }
    throw new Error(`last: ${await out.innerText()}`)
  })
}
const press = (id) => mini.locator(`${ACTIVE}#${id}`).click()

await steps.run('two phones with the first two users', async () => {
  await out.waitFor()
  assert.equal(await resident.getByTestId('user-select').inputValue(), 'u0001')
  assert.equal(await doctor.getByTestId('user-select').inputValue(), 'u0002')
})
await steps.run('everything fits at 1280 by 800', async () => {
  for (const phone of [resident, doctor]) {
    const box = await phone.boundingBox()
    assert.ok(box.x >= 0 && box.x + box.width <= 1280 && box.y + box.height <= 800, JSON.stringify(box))
  }
})
await steps.run('unread badges', async () => {
  await page.waitForFunction(() => document.querySelector('#resident [data-testid=badge-chat]').textContent === '1')
  assert.equal(await resident.getByTestId('badge-notices').innerText(), '1')
  assert.equal(await doctor.getByTestId('badge-chat').isHidden(), true)
})
await steps.run('wx.login gives a code of the sandbox', async () => {
  await press('login')
  await outJson(({ code }) => /^[\w-]{32}$/.test(code || ''))
})
await steps.run('phone number: refused, then allowed', async () => {
  await press('phone')
  await mini.getByTestId('phone-number-sheet').getByText('138****8000').waitFor()
  await mini.locator('[role=dialog] .cancel').click()
  await outJson(({ errMsg, code }) => errMsg === 'getPhoneNumber:fail user deny' && !code)
  await press('phone')
  await mini.locator('[role=dialog] .ok').click()
  await outJson(({ errMsg, code }) => errMsg === 'getPhoneNumber:ok' && /^[0-9a-f]{64}$/.test(code))
})
await steps.run('subscribe dialog: one of two', async () => {
  await press('subscribe')
  const sheet = mini.getByTestId('subscribe-sheet')
  await sheet.getByText('上门服务通知').click()
  await mini.locator('[role=dialog] .ok').click()
  await outJson((result) => result.sbx_followup === 'accept' && result.sbx_visit === 'reject')
})
await steps.run('subscribe dialog: refused and kept, then not asked', async () => {
  await press('subscribe')
  await mini.getByTestId('subscribe-keep').check()
  await mini.locator('[role=dialog] .cancel').click()
  await outJson((result) => result.sbx_followup === 'reject' && result.sbx_visit === 'reject')
  await press('today')
  await outJson(Array.isArray)
  await press('subscribe')
  await outJson((result) => result.sbx_followup === 'reject' && result.sbx_visit === 'reject')
})
await steps.run('subscribe dialog needs a tap', async () => {
  const frame = page.frames().find((one) => one.url().includes('user=u0001'))
  await page.waitForTimeout(1600)
  const said = await frame.evaluate(() => window.__MPWEB__.wx.requestSubscribeMessage({ tmplIds: ['sbx_visit'] })
    .then(() => 'opened', ({ errMsg }) => errMsg))
  assert.equal(said, 'requestSubscribeMessage:fail can only be invoked by user TAP gesture.')
})
await steps.run('wx.request reaches our server', async () => {
  await press('ask')
  await outJson(({ statusCode, data }) => statusCode === 201 && data.body.name === '林😀' &&
    data.headers.Authorization === 'Bearer secret' && data.query.a[0] === '1')
})
await steps.run('a phone call is shown', async () => {
  await press('call')
  await mini.locator('[role=dialog] .ok').click()
  await mini.locator('.mp-toast', { hasText: '拨打电话 120' }).waitFor()
})
await steps.run('storage belongs to the user', async () => {
  await press('keep')
  assert.equal(await doctor.frameLocator('[data-testid=mini-frame]').locator(`${ACTIVE}#out`).innerText(), 'kept:')
  await doctor.getByTestId('user-select').selectOption('u0001')
  await doctor.frameLocator('[data-testid=mini-frame]').getByText('kept:mine').waitFor()
  await doctor.getByTestId('user-select').selectOption('u0002')
  assert.match(page.url(), /doctor=u0002/)
})
await steps.run('the mini-program is told when it comes back', async () => {
  assert.equal(await mini.locator('#shows').innerText(), '1')
  await resident.getByTestId('tab-chat').click()
  await resident.getByTestId('tab-mini').click()
  await mini.locator('#shows').getByText('2').waitFor()
})
await steps.run('chat: template card opens its page', async () => {
  assert.equal(await resident.getByTestId('badge-notices').innerText(), '1')
  await resident.getByTestId('tab-chat').click()
  await resident.getByTestId('template-card').getByText('签约申请已受理').waitFor()
  assert.equal(await resident.getByTestId('badge-chat').isHidden(), true)
  await resident.getByTestId('card-open').click()
  await mini.getByText('card 7').waitFor()
})
await steps.run('chat: what was written is shown as text', async () => {
  await resident.getByTestId('tab-chat').click()
  await resident.getByTestId('chat-input').fill('你好 <b>粗体</b>')
  await resident.getByTestId('chat-send').click()
  await resident.locator('.line.out', { hasText: '你好 <b>粗体</b>' }).waitFor()
})
await steps.run('chat: menu with a page', async () => {
  await resident.getByTestId('chat-menu').getByText('≡ 服务').click()
  await resident.getByTestId('chat-menu').getByRole('button', { name: '我的卡片' }).click()
  await mini.getByText('card 8').waitFor()
})
await steps.run('notice opens its page', async () => {
  await resident.getByTestId('tab-notices').click()
  await resident.getByTestId('notice-card').click()
  await mini.getByText('card 9').waitFor()
})
await steps.run('follow and unfollow', async () => {
  await doctor.getByTestId('tab-chat').click()
  assert.equal(await doctor.getByTestId('chat-input').isDisabled(), true)
  await doctor.getByTestId('follow').click()
  await doctor.locator('[data-following=true]').waitFor()
  assert.equal(await doctor.getByTestId('chat-input').isDisabled(), false)
  await doctor.getByTestId('follow').click()
  await doctor.locator('[data-following=false]').waitFor()
})
await steps.run('the clock moves, inside the mini-program too', async () => {
  const epoch = () => page.getByTestId('clock-now').getAttribute('data-epoch').then(Number)
  const before = await epoch()
  await page.getByTestId('clock-plus-30d').click()
  await page.waitForFunction((least) => Number(document.querySelector('[data-testid=clock-now]').dataset.epoch) >= least, before + 2592000)
  await page.getByTestId('clock-input').fill('2031-05-06T08:00')
  await page.getByTestId('clock-set').click()
  await page.getByTestId('clock-now').filter({ hasText: '2031/05/06' }).waitFor()
  await resident.getByTestId('user-select').selectOption('u0002')
  await resident.getByTestId('user-select').selectOption('u0001')
  await resident.getByTestId('tab-mini').click()
  await press('today')
  await outJson(([year]) => year === 2031)
  await page.getByTestId('clock-input').fill('2032-05-06T08:00')
  await page.getByTestId('clock-set').click()
  await page.getByTestId('clock-now').filter({ hasText: '2032/05/06' }).waitFor()
  await press('today')
  await outJson(([year, seconds]) => year === 2032 && seconds === 0)
})
await steps.run('the clock refuses to go back, and says so', async () => {
  await page.getByTestId('clock-input').fill('2020-01-01T00:00')
  await page.getByTestId('clock-set').click()
  await page.getByTestId('status').filter({ hasText: '时间没有改变' }).waitFor()
  steps.complaints = steps.complaints.filter((text) => !/409/.test(text)) // Chromium reports the refusal too
})
await steps.run('panel: a fault is added and cleared', async () => {
  await page.getByTestId('panel-faults').locator('summary').click()
  await page.getByTestId('fault-kind').selectOption('errcode')
  await page.getByTestId('fault-errcode').selectOption('43101')
  await page.getByTestId('fault-add').click()
  await page.getByTestId('fault-list').getByText('43101').waitFor()
  await page.getByTestId('fault-clear').click()
  await page.getByTestId('fault-list').getByText('43101').waitFor({ state: 'detached' })
})
await steps.run('panel: the journal is filtered', async () => {
  await page.getByTestId('journal-filter').fill('subscribe/send')
  await page.getByTestId('journal-list').getByText('/cgi-bin/message/subscribe/send').first().waitFor()
  assert.equal(await page.getByTestId('journal-list').getByText('/cgi-bin/menu/create').count(), 0)
})
await steps.run('panel: balances, accounts, a new user', async () => {
  await page.getByTestId('panel-users').locator('summary').click()
  await page.getByTestId('balances').getByText('总是拒绝').first().waitFor()
  await page.getByTestId('new-user-name').fill('王五')
  await page.getByTestId('new-user-add').click()
  await resident.getByTestId('user-select').locator('option', { hasText: '王五' }).waitFor({ state: 'attached' })
  await page.getByTestId('panel-accounts').locator('summary').click()
  await page.getByTestId('accounts').getByText('家庭医生服务号').waitFor()
})
await steps.run('narrow screen: one phone at a time, big buttons', async () => {
  const narrow = steps.watch(await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true })).newPage())
  await narrow.goto(`${base}/?resident=u0002&doctor=u0001`)
  await narrow.getByTestId('phone-resident').getByTestId('tab-mini').waitFor()
  assert.equal(await narrow.getByTestId('phone-doctor').isVisible(), false)
  await narrow.getByTestId('view-doctor').tap()
  await narrow.getByTestId('phone-doctor').getByTestId('tab-chat').tap()
  await narrow.getByTestId('phone-doctor').getByTestId('template-card').waitFor()
  await narrow.getByTestId('view-panel').tap()
  assert.equal(await narrow.getByTestId('panel').isVisible(), true)
  const overflow = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.ok(overflow <= 0, `${overflow} px too wide`)
  const small = await narrow.evaluate(() => [...document.querySelectorAll('button:not(.link), input, select, summary')]
    .filter((node) => node.offsetParent && node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML))
  assert.deepEqual(small, [])
})

await browser.close()
process.exit(steps.finish())
