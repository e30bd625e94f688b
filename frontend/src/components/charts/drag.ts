import type { PointerEvent } from 'react'
import { type Axis, timeAt } from './axis'

interface Drag {
  axis: Axis
  /** Called with each time that the pointer passes, the first one included. */
  onMove: (at: number, isFirst: boolean) => void
  onEnd: () => void
}

/**
 * Return handlers that turn a pointer into times. `overOf` names the element whose width is the axis.
 */
export function dragHandlers({ axis, onMove, onEnd }: Drag, overOf: (target: HTMLElement) => Element | null) {
  const at = (event: PointerEvent<HTMLElement>) => {
    const box = overOf(event.currentTarget)?.getBoundingClientRect()
    return box && box.width > 0 ? timeAt(axis, (event.clientX - box.left) / box.width) : axis.from
  }
  const isHeld = (event: PointerEvent<HTMLElement>) => event.currentTarget.hasPointerCapture(event.pointerId)
  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      onMove(at(event), true)
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (isHeld(event)) onMove(at(event), false)
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      if (!isHeld(event)) return
      event.currentTarget.releasePointerCapture(event.pointerId)
      onEnd()
    },
  }
}

/** Return the time that a key moves a handle to; null for other keys. */
export function movedByKey(key: string, at: number, { from, to }: Axis, step: number): number | null {
  const page = Math.max(step, Math.round((to - from) / 10 / step) * step)
  const moves: Record<string, number> = {
    ArrowLeft: at - step,
    ArrowDown: at - step,
    ArrowRight: at + step,
    ArrowUp: at + step,
    PageDown: at - page,
    PageUp: at + page,
    Home: from,
    End: to,
  }
  const moved = moves[key]
  return moved === undefined ? null : Math.min(to, Math.max(from, moved))
}
