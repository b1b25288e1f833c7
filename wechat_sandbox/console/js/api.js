// The sandbox's control interface.

export class ControlError extends Error {}

async function call(method, path, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(`/sandbox${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  const answer = await response.json().catch(() => null)
  if (!response.ok) {
    const reason = answer && (answer.error || answer.message || answer.title || answer.errmsg)
    throw new ControlError(typeof reason === 'string' ? reason : `HTTP ${response.status}`)
  }
  return answer
}

/** An answer that is a list, or an object holding one. */
const listOf = (answer) => (Array.isArray(answer) ? answer : Object.values(answer || {}).find(Array.isArray) || [])

const user = (id) => `/users/${encodeURIComponent(id)}`
const withQuery = (path, query) => `${path}?${new URLSearchParams(query)}`

export const sandbox = {
  console: () => call('GET', '/console'),
  clock: () => call('GET', '/clock'),
  moveClock: (change) => call('POST', '/clock', change),
  apps: async () => listOf(await call('GET', '/apps')),
  menu: async (appid) => (await call('GET', `/menus/${encodeURIComponent(appid)}`)).button || [],
  deliveries: async (limit) => listOf(await call('GET', withQuery('/deliveries', { limit }))),
  users: async () => listOf(await call('GET', '/users')),
  createUser: (fields) => call('POST', '/users', fields),
  user: (id) => call('GET', user(id)),
  version: async (id) => {
    const answer = await call('GET', `${user(id)}/version`)
    return typeof answer === 'object' ? answer.version : answer
  },
  chat: async (id, appid) => listOf(await call('GET', withQuery(`${user(id)}/chat`, { appid }))),
  mediaAddress: (id, appid, medium) => `/sandbox${withQuery(`${user(id)}/media/${encodeURIComponent(medium)}`, { appid })}`,
  notices: async (id) => listOf(await call('GET', `${user(id)}/notices`)),
  subscriptions: async (id) => listOf(await call('GET', `${user(id)}/subscriptions`)),
  send: (id, message) => call('POST', `${user(id)}/messages`, message),
  act: (id, what, fields) => call('POST', `${user(id)}/${what}`, fields),
  faults: async () => listOf(await call('GET', '/faults')),
  addFault: (fault) => call('POST', '/faults', fault),
  clearFaults: () => call('DELETE', '/faults'),
  journal: async (limit) => listOf(await call('GET', withQuery('/journal', { limit }))),
  clearJournal: () => call('DELETE', '/journal'),
}
