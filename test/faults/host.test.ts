import { hostFaults } from './cases/host.ts';
import { testFaults } from './support/test-faults.ts';

testFaults('host', hostFaults);
