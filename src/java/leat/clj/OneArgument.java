package leat.clj;

import clojure.lang.ArityException;
import clojure.lang.IFn;
import clojure.lang.ISeq;
import clojure.lang.RT;

/** A Clojure function of one argument that is a class with another superclass than {@code AFn}. */
interface OneArgument extends IFn {

  private ArityException arity(int actual) {
    return new ArityException(actual, getClass().getName());
  }

  @Override
  default Object call() {
    throw arity(0);
  }

  @Override
  default void run() {
    throw arity(0);
  }

  @Override
  default Object applyTo(ISeq arguments) {
    if (RT.boundedLength(arguments, 1) != 1) {
      throw arity(RT.count(arguments));
    }
    return invoke(arguments.first());
  }

  @Override
  default Object invoke() {
    throw arity(0);
  }

  @Override
  default Object invoke(Object arg1, Object arg2) {
    throw arity(2);
  }

  @Override
  default Object invoke(Object arg1, Object arg2, Object arg3) {
    throw arity(3);
  }

  @Override
  default Object invoke(Object arg1, Object arg2, Object arg3, Object arg4) {
    throw arity(4);
  }

  @Override
  default Object invoke(Object arg1, Object arg2, Object arg3, Object arg4, Object arg5) {
    throw arity(5);
  }

  @Override
  default Object invoke(Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6) {
    throw arity(6);
  }

  @Override
  default Object invoke(Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7) {
    throw arity(7);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8) {
    throw arity(8);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9) {
    throw arity(9);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10) {
    throw arity(10);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11) {
    throw arity(11);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12) {
    throw arity(12);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13) {
    throw arity(13);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14) {
    throw arity(14);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14, Object arg15) {
    throw arity(15);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14, Object arg15,
      Object arg16) {
    throw arity(16);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14, Object arg15,
      Object arg16, Object arg17) {
    throw arity(17);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14, Object arg15,
      Object arg16, Object arg17, Object arg18) {
    throw arity(18);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14, Object arg15,
      Object arg16, Object arg17, Object arg18, Object arg19) {
    throw arity(19);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14, Object arg15,
      Object arg16, Object arg17, Object arg18, Object arg19, Object arg20) {
    throw arity(20);
  }

  @Override
  default Object invoke(
      Object arg1, Object arg2, Object arg3, Object arg4, Object arg5, Object arg6, Object arg7, Object arg8,
      Object arg9, Object arg10, Object arg11, Object arg12, Object arg13, Object arg14, Object arg15,
      Object arg16, Object arg17, Object arg18, Object arg19, Object arg20, Object... more) {
    throw arity(21);
  }
}
