// A doctor's desk without waiting: pages refresh themselves, drafts stay, the keyboard is enough. Everything works without
// this file, too, only by reloading.
const BY_ITSELF = { headers: { 'X-By-Itself': '1' }, redirect: 'manual', cache: 'no-store' }
const draft = document.querySelector('#reply textarea[name=text]')
let leaving = false

const show = (id, is) => {
  const box = document.getElementById(id)
  if (box) box.hidden = !is
}

// ------------------------------------------------------------------ coming in

const door = document.getElementById('door')
if (door) {
  const ask = async () => {
    try {
      const { state } = await (await fetch(door.dataset.state, BY_ITSELF)).json()
      if (state === 'confirmed') return document.getElementById('enter').submit()
      if (state === 'over') {
        show('over', true)
        document.getElementById('btn-code').focus()
        return undefined
      }
    } catch { /* the network comes back */ }
    setTimeout(ask, 2000)
    return undefined
  }
  setTimeout(ask, 2000)
}

// ------------------------------------------------------------------ what moves

const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60
const toEnd = () => {
  const history = document.getElementById('history')
  if (history) history.scrollTop = history.scrollHeight
}

// A page that answers a form stands at the form's address: what is asked for again is the conversation, and nothing is sent twice.
const state = document.querySelector('[data-page]')
if (state && location.pathname !== state.dataset.page) history.replaceState(null, '', state.dataset.page)

const renew = async () => {
  const answer = await fetch(location.pathname + location.search, BY_ITSELF)
  if (!answer.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const old of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(old.id)
    if (!next) continue
    if (old.querySelector('details[open].sure')) {
      old.dataset.mark = next.dataset.mark
      continue
    }
    const stays = old.id === 'history' && !atEnd(old) ? old.scrollTop : null
    const at = [...old.querySelectorAll('a')].indexOf(document.activeElement)
    const opened = new Map([...old.querySelectorAll('img')].map((img) => [img.closest('li').id, img]))
    old.replaceWith(next)
    for (const [id, img] of opened) next.querySelector(`#${id} [data-picture]`)?.replaceWith(img)
    if (at >= 0) next.querySelectorAll('a')[at]?.focus()
    if (old.id === 'history') stays === null ? toEnd() : (next.scrollTop = stays)
  }
  document.title = fresh.title
}

const POLL_MS = 5000
const poll = async () => {
  const box = document.querySelector('[data-pulse]')
  if (!box) return
  try {
    const answer = await fetch(box.dataset.pulse, BY_ITSELF)
    if (answer.type === 'opaqueredirect' || answer.status === 401) {
      show('ended', true)
      return
    }
    if (answer.ok && (await answer.json()).mark !== box.dataset.mark && !document.hidden) await renew()
    show('lost', false)
  } catch {
    show('lost', true)
  }
  setTimeout(poll, POLL_MS)
}
setTimeout(poll, POLL_MS)

// ------------------------------------------------------------------ drafts

document.addEventListener('submit', (event) => {
  leaving = true
  const carried = event.target.querySelector('input[name=draft]')
  if (carried && draft) carried.value = draft.value
  if (event.target.dataset.sent) event.preventDefault()
  event.target.dataset.sent = '1'
})
window.addEventListener('pageshow', () => {
  leaving = false
  for (const form of document.forms) delete form.dataset.sent
})
window.addEventListener('beforeunload', (event) => {
  if (!leaving && draft && draft.value.trim()) event.preventDefault()
})

document.addEventListener('click', (event) => {
  const ready = event.target.closest('[data-fill]')
  if (ready && ready.dataset.fill) {
    event.preventDefault()
    draft.value = [draft.value.trimEnd(), ready.dataset.fill].filter(Boolean).join('\n')
    draft.focus()
  }
  const picture = event.target.closest('[data-picture]')
  if (picture) {
    event.preventDefault()
    const img = document.createElement('img')
    img.src = picture.href
    img.alt = picture.dataset.picture
    img.addEventListener('load', () => img.closest('li').scrollIntoView({ block: 'nearest' }))
    picture.replaceWith(img)
  }
})

// Cameras make pictures of many megabytes; WeChat's people look at them on a telephone.
const PHOTO_SIDE = 1600
const PHOTO_BYTES = 500000
document.getElementById('photo')?.addEventListener('change', async ({ target }) => {
  const [file] = target.files
  if (!file || file.size <= PHOTO_BYTES) return
  const picture = await createImageBitmap(file)
  const scale = Math.min(1, PHOTO_SIDE / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height)
  for (const quality of [0.85, 0.7, 0.5]) {
    const small = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality))
    const files = new DataTransfer()
    files.items.add(new File([small], 'photo.jpg', { type: 'image/jpeg' }))
    target.files = files.files
    if (small.size <= PHOTO_BYTES) return
  }
})

// ------------------------------------------------------------------ the keyboard

const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && document.activeElement === draft) {
    event.preventDefault()
    document.getElementById('btn-reply').click()
    return
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !draft) document.querySelector('.doit .main')?.click()
  if (typing() || event.ctrlKey || event.metaKey || event.altKey) return
  const form = { 1: 'btn-followup', 2: 'btn-booking', 3: 'btn-referral', 4: 'btn-resident' }[event.key]
  if (form) document.getElementById(form)?.click()
  if (event.key === 'n' || event.key === 'N') document.getElementById('btn-next')?.click()
  const rows = [...document.querySelectorAll('.queue a')]
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
  if (step && rows.length) {
    event.preventDefault()
    const now = rows.indexOf(document.activeElement)
    rows[now < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, now + step))].focus()
  }
})
toEnd()
