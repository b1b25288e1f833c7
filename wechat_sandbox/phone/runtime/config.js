// What the build left on `window`, and how this frame was asked to behave.

/** The compiled mini-program, filled by app.js; the runtime adds its test hooks to the same object. */
export const MP = window.__MPWEB__

/** app.json */
export const app = MP.meta.app

export const tabs = app.tabBar?.list || []

/* global BUILTIN_TAGS -- put in by the compiler */
export const builtinTags = new Set(BUILTIN_TAGS)

const query = new URLSearchParams(location.search)

/** The sandbox's user who holds this phone, or null where the page is opened without a sandbox. */
export const sandboxUser = query.has('user')
  ? { id: query.get('user'), appid: query.get('appid') || '', api: query.get('api') || '/backend' }
  : null

/** A page to open first, with its query: `/pages/a/a?id=1`. */
export const firstPath = (query.get('path') || decodeURI(location.hash.replace(/^#/, ''))).replace(/^\//, '')

/** `window.MPWEB_CONFIG` set before this script wins over everything. */
export const config = {
  // two phones share one origin in the sandbox's page: each user has a storage of his own
  storagePrefix: sandboxUser ? `mp:${sandboxUser.id}:` : 'mp:',
  appId: sandboxUser?.appid || 'touristappid',
  scene: Number(query.get('scene')) || 1001,
  ...(window.MPWEB_CONFIG || {}),
}
