import { engineFaults } from './cases/engine.ts';
import { testFaults } from './support/test-faults.ts';

testFaults('engine', engineFaults);
