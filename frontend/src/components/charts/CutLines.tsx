import { Fragment, useState } from 'react'
import { type Axis, placeOf, snapped, stepOf } from './axis'
import classes from './TimeChart.module.css'
import { dragHandlers, movedByKey } from './drag'

/** Where a split begins, and where its embargo ends. */
export interface Cut {
  split: string
  at: number
  /** Null without an embargo. */
  until: number | null
}

interface CutLinesProps {
  axis: Axis
  cuts: readonly Cut[]
  /** Without it, the lines can't be moved. */
  onMove?: ((split: string, at: number) => void) | undefined
  /** Called with the length of the embargo in milliseconds. */
  onEmbargo?: ((millis: number) => void) | undefined
  say: (at: number) => string
  sayLength: (millis: number) => string
}

interface Draft {
  /** The cuts that were moved: newer ones replace the draft. */
  cuts: readonly Cut[]
  handle: string
  at: number
}

/** Draws cuts in time and their embargo over a chart. They are dragged, or moved by keys. */
export function CutLines({ axis, cuts, onMove, onEmbargo, say, sayLength }: CutLinesProps) {
  const [draft, setDraft] = useState<Draft | null>(null)
  const current = draft?.cuts === cuts ? draft : null
  const percent = (at: number) => `${placeOf(axis, at) * 100}%`
  const isShown = (at: number) => at >= axis.from && at <= axis.to

  /** The handle's place, and what moves it. */
  function handle(name: string, at: number, least: number, apply: ((at: number) => void) | undefined) {
    const place = current?.handle === name ? current.at : at
    const moveTo = (to: number) => setDraft({ cuts, handle: name, at: Math.max(least, snapped(axis, to)) })
    const drag = dragHandlers(
      {
        axis,
        // Pressing alone moves nothing.
        onMove: (to, isFirst) => !isFirst && moveTo(to),
        onEnd: () => current?.handle === name && apply?.(current.at),
      },
      (target) => target.parentElement,
    )
    return {
      place,
      handlers: apply && {
        ...drag,
        onKeyDown: (event: React.KeyboardEvent) => {
          const to = movedByKey(event.key, place, axis, stepOf(axis))
          if (to === null) return
          event.preventDefault()
          const bounded = Math.max(least, snapped(axis, to))
          setDraft({ cuts, handle: name, at: bounded })
          apply(bounded)
        },
      },
    }
  }

  return cuts.map((cut, index) => {
    const line = handle(cut.split, cut.at, axis.from, onMove && ((at) => onMove(cut.split, at)))
    const length = cut.until === null ? 0 : cut.until - cut.at
    const end = handle(
      `${cut.split} embargo`,
      line.place + length,
      line.place,
      onEmbargo && ((at) => onEmbargo(Math.round((at - line.place) / 1000) * 1000)),
    )
    if (!isShown(line.place)) return null
    const range = { 'aria-valuemin': axis.from, 'aria-valuemax': axis.to }
    return (
      <Fragment key={cut.split}>
        {end.place > line.place && (
          <div
            className={classes.embargo}
            style={{
              left: percent(line.place),
              width: `${Math.min(1 - placeOf(axis, line.place), placeOf(axis, end.place) - placeOf(axis, line.place)) * 100}%`,
            }}
          />
        )}
        <div className={classes.line} style={{ left: percent(line.place) }} />
        <button
          type="button"
          role="slider"
          className={classes.cut}
          style={{ left: percent(line.place) }}
          data-first={(index === 0 && cuts.length > 1) || undefined}
          data-fixed={onMove === undefined || undefined}
          disabled={onMove === undefined}
          aria-label={`Start of ${cut.split}`}
          {...range}
          aria-valuenow={line.place}
          aria-valuetext={say(line.place)}
          {...line.handlers}
        >
          {cut.split}
        </button>
        {/* One embargo holds for all cuts, so that one handle is enough. */}
        {index === 0 && onEmbargo && isShown(end.place) && (
          <button
            type="button"
            role="slider"
            className={classes.embargoEnd}
            style={{ left: percent(end.place) }}
            data-late={placeOf(axis, end.place) > 0.75 || undefined}
            aria-label="Embargo"
            aria-valuemin={0}
            aria-valuemax={axis.to - axis.from}
            aria-valuenow={end.place - line.place}
            aria-valuetext={sayLength(end.place - line.place)}
            {...end.handlers}
          >
            embargo
          </button>
        )}
      </Fragment>
    )
  })
}
