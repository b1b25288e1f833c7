// One line of a chat as a DOM node.
import { button, make } from './dom.js'
import { richText } from './rich_text.js'
import { messageTime } from './times.js'

const MEDIA = { image: '[图片]', voice: '[语音]', video: '[视频]', music: '[音乐]', location: '[位置]', file: '[文件]' }

/** Rows of a template card. */
export const rowsOf = (rows = []) => make('dl', {}, ...rows.flatMap(({ label, value }) => [
  make('dt', { textContent: label }), make('dd', { textContent: value }),
]))

/** @param {{line: object, previous: object | null, now: Date, names: {me: string, account: string}, handlers: object}} input */
export function bubble({ line, previous, now, names, handlers }) {
  const item = make('li', { className: `line ${line.direction} ${line.via || ''}`, data: { id: line.id, testid: 'chat-line', via: line.via || '' } })
  if (needsTime(line, previous)) item.append(make('time', { textContent: messageTime(line.at, now) }))
  if (line.direction === 'system') {
    item.append(make('p', { className: 'notice', textContent: line.text }))
    return item
  }
  const isMine = line.direction === 'out'
  const name = isMine ? names.me : names.account
  const avatar = make('span', { className: 'avatar', textContent: name.slice(0, 1), aria: { hidden: 'true' } })
  item.append(make('div', { className: 'row' }, avatar, content(line, handlers)))
  return item
}

/** WeChat shows a time after a pause of five minutes. */
const needsTime = (line, previous) => !previous || new Date(line.at) - new Date(previous.at) > 300_000

function content(line, handlers) {
  if (line.media_id && line.type === 'image') {
    return make('div', { className: 'bubble picture' }, make('img', { src: handlers.mediaAddress(line.media_id), alt: '图片', data: { testid: 'chat-image' } }))
  }
  if (line.media_id && line.type === 'voice') {
    const play = () => new Audio(handlers.mediaAddress(line.media_id)).play().catch(() => {})
    return make('div', { className: 'bubble' }, button('▶ 语音', play, { className: 'link', testid: 'chat-voice' }))
  }
  if (line.template) return templateCard(line.template, handlers)
  if (line.page) return pageCard(line, handlers)
  if (line.articles?.length) return articles(line.articles)
  const text = line.text || MEDIA[line.type] || `[${line.type}]`
  const box = make('div', { className: 'bubble' }, ...richText(text, handlers))
  if (line.menu) {
    const choose = ({ id, content: choice }) => button(choice, () => handlers.onMenu(choice, id), { className: 'link choice' })
    box.append(...line.menu.map(choose), line.tail || '')
  }
  return box
}

function templateCard({ title, rows, page, url }, { onPage }) {
  const card = make('article', { className: 'card', data: { testid: 'template-card' } }, make('h3', { textContent: title }), rowsOf(rows))
  if (page) card.append(button('查看详情', () => onPage(page), { className: 'more', testid: 'card-open' }))
  else if (url) card.append(make('p', { className: 'more', textContent: url }))
  return card
}

const pageCard = ({ text, page }, { onPage }) => make('article', { className: 'card', data: { testid: 'page-card' } },
  make('h3', { textContent: text || '小程序' }), button('打开小程序', () => onPage(page), { className: 'more', testid: 'card-open' }))

const articles = (items) => make('article', { className: 'card' }, ...items.flatMap(({ title, description }) => [
  make('h3', { textContent: title }), make('p', { textContent: description || '' }),
]))
