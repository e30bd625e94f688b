import { sectionOf } from './sections'

const INVALID = ':is(input, select, textarea, button):is([aria-invalid="true"], [data-error="true"])'
const INPUTS = 'input, select, textarea, button'
/** A section that has just been opened can't take the focus at once. */
const MOST_FRAMES = 30

/** Move the focus to the field of an error, or else to the first input of its section. */
export function focusError(form: HTMLElement, place: string) {
  const part = form.querySelector<HTMLElement>(`[data-section="${sectionOf(place)}"]`)
  if (part !== null) focusIn(part, MOST_FRAMES)
}

function focusIn(part: HTMLElement, frames: number) {
  const panel = part.querySelector<HTMLElement>('[role="region"]') ?? part
  const field = panel.querySelector<HTMLElement>(INVALID) ?? panel.querySelector<HTMLElement>(INPUTS) ?? panel
  field.focus()
  if (document.activeElement !== field && frames > 0) requestAnimationFrame(() => focusIn(part, frames - 1))
}
