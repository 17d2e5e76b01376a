import { slowFaults } from './cases/slow.ts';
import { testFaults } from './support/test-faults.ts';

testFaults('host that takes its time', slowFaults);
