// Drives the demo mini-program: node demo_steps.mjs <address of the demo server> <built folder> [--touch]
import assert from 'node:assert/strict'
import { ACTIVE, Steps, drag, launch } from './browser.mjs'

const [base, folder] = process.argv.slice(2)
const touch = process.argv.includes('--touch')
const steps = new Steps()
const browser = await launch()
const context = await browser.newContext({
  viewport: { width: 375, height: 720 }, deviceScaleFactor: 2, hasTouch: touch, isMobile: touch,
})
// the demo's code names a fixed address
await context.addInitScript((to) => { window.MPWEB_CONFIG = { rewrite: [['http://127.0.0.1:5055', to]] } }, base)
const page = steps.watch(await context.newPage())
const logs = []
page.on('console', (message) => logs.push(message.text()))

const hit = (selector) => page.locator(selector).first()[touch ? 'tap' : 'click']()
const data = () => page.evaluate(() => window.__MPWEB__.data())
const stored = (key) => page.evaluate((name) => window.__MPWEB__.wx.getStorageSync(name), key)
const shown = (selector, hasText) => page.locator(selector, { hasText }).first().waitFor()
const isActive = (route) => page.locator(`wx-page[is="${route}"].mp-active`).waitFor()
const itemCount = () => page.locator(`${ACTIVE}.item`).count()

async function pick(...texts) {
  for (const [column, hasText] of texts.entries()) {
    await page.locator(`.mp-pick li[data-c="${column}"]`, { hasText }).first().click()
  }
  await page.locator('.mp-pick .ok').click()
}

await steps.run('launch, login, list', async () => {
  await page.goto(`${base}/index.html`)
  await shown(`${ACTIVE}.item-note`, '早餐豆浆')
  assert.equal(await itemCount(), 2)
})
await steps.run('token kept by wx.setStorageSync', async () => assert.match(await stored('token'), /^[0-9a-f]{16}$/))
await steps.run('empty submit shows a modal', async () => {
  await hit(`${ACTIVE}#save`)
  await shown('[role=dialog]', '备注和金额都要填')
  await page.locator('[role=dialog] .ok').click()
})
await steps.run('input with model:value', async () => {
  await page.fill(`${ACTIVE}#note input`, '咖啡')
  await page.fill(`${ACTIVE}#amount input`, '18.5')
  const { note, amount } = await data()
  assert.deepEqual([note, amount], ['咖啡', '18.5'])
})
await steps.run('pickers: selector, date, time', async () => {
  await hit(`${ACTIVE}#kind`)
  await pick('交通')
  await hit(`${ACTIVE}#date`)
  await pick('2026', '02', '28')
  await hit(`${ACTIVE}#time`)
  await pick('21', '05')
  const { kindIndex, date, time } = await data()
  assert.deepEqual([kindIndex, date, time], [1, '2026-02-28', '21:05'])
})
await steps.run('switch, requestSubscribeMessage, toast', async () => {
  await hit(`${ACTIVE}#remind`)
  await shown('.mp-toast', '订阅:accept')
})
await steps.run('radio by its label, checkbox', async () => {
  await hit(`${ACTIVE}wx-label:has-text("很好")`)
  await hit(`${ACTIVE}wx-label:has-text("必要")`)
  const { mood, tags } = await data()
  assert.deepEqual([mood, tags], ['good', ['a']])
})
await steps.run('submit a form, POST, refresh, toast', async () => {
  await hit(`${ACTIVE}#save`)
  await shown(`${ACTIVE}.item-note`, '咖啡')
  assert.equal(await itemCount(), 3)
  const submitted = JSON.parse(logs.findLast((line) => line.startsWith('submit ')).slice(7))
  assert.deepEqual(submitted, {
    note: '咖啡', amount: '18.5', kind: 1, date: '2026-02-28', time: '21:05', remind: true, mood: 'good', tags: ['a'],
  })
  await shown('.mp-toast', '已保存')
  assert.equal(await page.inputValue(`${ACTIVE}#note input`), '')
  assert.equal(await page.inputValue(`${ACTIVE}#amount input`), '')
})
await steps.run('component: total by WXS, triggerEvent, slot', async () => {
  assert.equal(await page.locator(`${ACTIVE}.c0--value`).innerText(), '¥29.00')
  await hit(`${ACTIVE}#stat`)
  await page.locator(`${ACTIVE}>> text=,被点 1`).waitFor()
})
await steps.run('navigateTo, event channel, query, title', async () => {
  await hit(`${ACTIVE}.item:has-text("咖啡")`)
  await page.locator(`${ACTIVE}>> text=来自 from index`).waitFor()
  await shown('.mp-title', '咖啡')
  assert.ok(logs.includes('detail onLoad {"id":"3","from":"list"}'))
})
await steps.run('2d canvas through a selector query', async () => {
  await page.waitForFunction(() => document.querySelector('wx-page.mp-active canvas').width > 300)
  const green = await page.evaluate(() => {
    const canvas = document.querySelector('wx-page.mp-active canvas')
    return canvas.getContext('2d').getImageData(60, canvas.height - 10, 1, 1).data[1]
  })
  assert.ok(green > 150, String(green))
})
await steps.run('textarea, list of primitives, storage', async () => {
  await page.fill(`${ACTIVE}#memo textarea`, '好喝')
  await hit(`${ACTIVE}#mark`)
  await shown(`${ACTIVE}.mark`, '0: 好喝')
  assert.deepEqual(await stored('marks'), ['好喝'])
})
await steps.run('action sheet', async () => {
  await hit(`${ACTIVE}#more`)
  await page.locator('[role=menu] button', { hasText: '乙' }).click()
  await shown('.mp-toast', '选了1')
})
await steps.run('navigateBack, onUnload', async () => {
  await hit(`${ACTIVE}#back`)
  await isActive('pages/index/index')
  assert.ok(logs.includes('detail onUnload'))
})
await steps.run('catchtap: confirm and delete without navigating', async () => {
  await hit(`${ACTIVE}.item:has-text("咖啡") .del`)
  await page.locator('[role=dialog] .ok').click()
  await page.locator(`${ACTIVE}.item-note`, { hasText: '咖啡' }).waitFor({ state: 'detached' })
  assert.equal(await page.evaluate(() => window.__MPWEB__.getCurrentPages().length), 1)
})
await steps.run('pull-down refresh', async () => {
  const answered = page.waitForResponse((response) => response.url().endsWith('/api/items'))
  await page.evaluate(() => document.querySelector('wx-page.mp-active').scrollTo(0, 0))
  await drag(page, touch, [30, 60], [34, 200])
  assert.equal((await answered).status(), 200)
  await page.locator('.mp-refresh').waitFor({ state: 'detached' })
})
await steps.run('switchTab, async onShow, ES import', async () => {
  await hit('.mp-tabbar [role=tab] >> nth=1')
  await page.locator(`${ACTIVE}>> text=演示用户`).waitFor()
  await page.locator(`${ACTIVE}>> text=共 2 条`).waitFor()
})
await steps.run('swiper dots, share button', async () => {
  assert.equal(await page.locator(`${ACTIVE}.mp-dots i`).count(), 3)
  await hit(`${ACTIVE}wx-button:has-text("分享")`)
  await shown('.mp-toast', '分享:')
})
await steps.run('navigator and back', async () => {
  await hit(`${ACTIVE}wx-navigator`)
  await isActive('pages/detail/detail')
  await page.locator('.mp-back').click()
  await isActive('pages/mine/mine')
})
await steps.run('clear storage, reLaunch', async () => {
  await hit(`${ACTIVE}#clear`)
  await page.locator('[role=dialog] .ok').click()
  await isActive('pages/index/index')
  assert.equal(await stored('marks'), '')
})
await steps.run('deep link', async () => {
  await page.goto('about:blank')
  await page.goto(`${base}/index.html#/pages/mine/mine`)
  await isActive('pages/mine/mine')
})
await steps.run('one file without a server', async () => {
  const other = steps.watch(await context.newPage())
  await other.goto(`file://${folder}/single.html`)
  await other.locator('text=1. 地铁').waitFor()
  await other.close()
})
await browser.close()
process.exit(steps.finish())
