// One line to type into. Nothing that is entered gets lost: entries wait in a queue until the server
// says that it has them, however quickly a scanner sends the next one.
const instances = new WeakMap()

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const line = instances.get(parentElement) ?? begin(parentElement)
  instances.set(parentElement, line)
  Object.assign(line, { data, setStateValue })
  line.queue = line.queue.filter(entry => !data.done.includes(entry.id))
  line.label.textContent = data.label
  line.input.placeholder = data.placeholder
  line.input.setAttribute("aria-label", data.label)
  line.hint.textContent = data.hint
  showSaid(line)
  showRows(line)
  if (line.focused !== data.focus) {
    line.focused = data.focus
    line.input.focus({ preventScroll: true })
  }
  return () => clearTimeout(line.timer)
}

function begin(parent) {
  const find = name => parent.querySelector(`.${name}`)
  const line = {
    label: find("label"), input: find("input"), panel: find("panel"), hint: find("hint"), said: find("said"),
    queue: [], picked: -1, count: 0, timer: 0, closed: false,
    session: `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`,
  }
  line.input.oninput = () => {
    line.picked = -1
    line.closed = false
    clearTimeout(line.timer)
    line.timer = setTimeout(() => line.setStateValue("typed", line.input.value), 120)
    showRows(line)
  }
  line.input.onkeydown = event => onKey(line, event)
  line.input.onpaste = event => {
    const text = event.clipboardData?.getData("text/plain") ?? ""
    if (/[\t\n\r]/.test(text.trim())) {
      event.preventDefault()
      enter(line, { text })
    }
  }
  line.panel.onmousedown = event => {
    const row = event.target.closest("[data-place]")
    event.preventDefault()
    if (row) choose(line, Number(row.dataset.place))
  }
  return line
}

function onKey(line, event) {
  // While an input method composes, Enter and arrows belong to it.
  if (event.isComposing || event.keyCode === 229) return
  const rows = shown(line)
  if (event.key === "Enter") {
    const text = line.input.value.trim()
    if ((event.ctrlKey || event.metaKey) && !text) return
    event.preventDefault()
    event.stopPropagation()
    const number = /^\d{1,2}$/.test(text) ? Number(text) : 0
    if (line.picked >= 0 && rows[line.picked]) choose(line, line.picked)
    else if (asked(line) && number >= 1 && number <= rows.length) choose(line, number - 1)
    else if (text) enter(line, { text: line.input.value })
    else if (line.data.repeat) enter(line, { text: "", choice: line.data.repeat })
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!rows.length) return
    event.preventDefault()
    const step = event.key === "ArrowDown" ? 1 : -1
    line.picked = Math.max(-1, Math.min(rows.length - 1, line.picked + step))
    showRows(line)
  } else if (event.key === "Escape") {
    line.closed = true
    line.picked = -1
    line.input.value = ""
    if (asked(line, true)) enter(line, { text: "", dropped: true })
    showRows(line)
  }
}

function choose(line, place) {
  const row = shown(line)[place]
  enter(line, { text: asked(line) ? line.data.choices.typed : line.input.value, choice: row.id })
}

function enter(line, entry) {
  line.count += 1
  line.queue = [...line.queue, { id: `${line.session}-${line.count}`, ...entry }]
  line.input.value = ""
  line.picked = -1
  line.closed = true
  clearTimeout(line.timer)
  line.setStateValue("queue", line.queue)
  showRows(line)
  line.input.focus({ preventScroll: true })
}

function asked(line, evenClosed = false) {
  const { choices } = line.data
  const typing = line.input.value.trim()
  return choices && (evenClosed || !typing || /^\d{1,2}$/.test(typing)) && !line.queue.length
}

function shown(line) {
  if (asked(line)) return line.data.choices.rows
  const typing = line.input.value.trim()
  return typing && !line.closed ? line.data.suggestions : []
}

function showRows(line) {
  const rows = shown(line)
  const title = asked(line) ? line.data.choices.title : ""
  line.panel.replaceChildren(...(title ? [part("title", title)] : []), ...rows.map((row, place) => {
    const shownRow = part("row", "")
    shownRow.dataset.place = place
    shownRow.setAttribute("role", "option")
    shownRow.setAttribute("aria-selected", place === line.picked)
    shownRow.append(
      part("place", place + 1), part("code", row.code), part("name", row.name), part(`note ${row.mood}`, row.note),
      part("more", row.more), part("price", row.price),
    )
    return shownRow
  }))
  line.panel.hidden = !rows.length
}

function showSaid(line) {
  line.said.replaceChildren(...line.data.said.map(each => part(each.mood, each.text)))
}

function part(name, text) {
  const made = document.createElement("span")
  made.className = name
  made.textContent = text ?? ""
  return made
}
