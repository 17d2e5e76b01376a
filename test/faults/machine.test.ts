import { machineFaults } from './cases/machine.ts';
import { testFaults } from './support/test-faults.ts';

testFaults('machine', machineFaults);
