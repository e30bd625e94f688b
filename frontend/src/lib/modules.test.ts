import { expect, test } from 'vitest'
import { MissingModuleError, loadModule } from './modules'

const MISSING = new Error('Failed to fetch dynamically imported module: /assets/page.js')

/** Loads that fail as often, and what the service answers each time it is asked. */
function attempts(failures: number, answers: boolean[]) {
  let loads = 0
  const load = () => (loads++ < failures ? Promise.reject(MISSING) : Promise.resolve('module'))
  return { load, isServed: () => Promise.resolve(answers.shift() ?? true), loads: () => loads }
}

test('a module that is asked for while the service is away comes when it is back', async () => {
  const { load, isServed, loads } = attempts(3, [false, false, true])
  await expect(loadModule(load, isServed, 1)).resolves.toBe('module')
  expect(loads()).toBe(4)
})

test('a module that the service no longer has is an error', async () => {
  const { load, isServed, loads } = attempts(9, [false, true, true])
  await expect(loadModule(load, isServed, 1)).rejects.toBeInstanceOf(MissingModuleError)
  expect(loads()).toBe(3)
})
