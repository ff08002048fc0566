using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    /// <summary>
    /// Moves values between columns and the members of a class. Text is a string in members and memory in columns; several values
    /// are an array or a vector in members and a vector in columns.
    /// </summary>
    private static class Members<TRow>
        where TRow : class
    {
        /// <summary>A <see cref="Func{T, TResult}"/> that reads the member as its column's value.</summary>
        public static Delegate MakeReader(SchemaDefinition.Column column) => Make(nameof(MakeReader), column);

        /// <summary>Given a row and the column in it, makes what writes the column's value into the member.</summary>
        public static Func<DataViewRow, DataViewSchema.Column, Action<TRow>> MakeWriter(SchemaDefinition.Column column) =>
            (Func<DataViewRow, DataViewSchema.Column, Action<TRow>>)Make(nameof(MakeWriter), column);

        private static Delegate Make(string maker, SchemaDefinition.Column column)
        {
            MemberInfo member = typeof(TRow).GetField(column.MemberName) ?? (MemberInfo)typeof(TRow).GetProperty(column.MemberName)
                ?? throw Contracts.ExceptParam(nameof(column), $"No field or property with name '{column.MemberName}' found in type '{typeof(TRow)}'.");
            Type type = member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;
            Type value = type == typeof(string) ? typeof(ReadOnlyMemory<char>)
                : type == typeof(string[]) ? typeof(VBuffer<ReadOnlyMemory<char>>)
                : type.IsArray ? typeof(VBuffer<>).MakeGenericType(type.GetElementType())
                : type;
            Contracts.CheckParam(value == column.ColumnType.RawType, nameof(column),
                $"Member '{column.MemberName}' of type '{type}' cannot hold the values of column '{column.ColumnName}' of type {column.ColumnType}");
            return Generic<Func<MemberInfo, DataViewType, Delegate>>(maker, type, value)(member, column.ColumnType);
        }

        private static Delegate MakeReader<TMember, TValue>(MemberInfo member, DataViewType type)
        {
            ParameterExpression row = Expression.Parameter(typeof(TRow));
            Func<TRow, TMember> get = Expression.Lambda<Func<TRow, TMember>>(Expression.MakeMemberAccess(row, member), row).Compile();
            Func<TMember, TValue> convert = Converter<TMember, TValue>(type as KeyDataViewType);
            return (TRow from) => convert(get(from));
        }

        private static Delegate MakeWriter<TMember, TValue>(MemberInfo member, DataViewType type)
        {
            ParameterExpression row = Expression.Parameter(typeof(TRow)), value = Expression.Parameter(typeof(TMember));
            Expression assignment = Expression.Assign(Expression.MakeMemberAccess(row, member), value);
            Action<TRow, TMember> set = Expression.Lambda<Action<TRow, TMember>>(assignment, row, value).Compile();
            Func<TValue, TMember> convert = Converter<TValue, TMember>();
            return (DataViewRow from, DataViewSchema.Column column) =>
            {
                ValueGetter<TValue> get = from.GetGetter<TValue>(column);
                TValue current = default;
                return (Action<TRow>)(to =>
                {
                    get(ref current);
                    set(to, convert(current));
                });
            };
        }

        /// <summary>Arrays and vectors are copied: those of columns are used again for the next row, those of members are the user's.</summary>
        private static Func<TFrom, TTo> Converter<TFrom, TTo>(KeyDataViewType key = null)
        {
            Type from = typeof(TFrom), to = typeof(TTo);
            Delegate convert = key is not null ? (TFrom place) => KeyAt<TTo>(Convert.ToUInt64(place, CultureInfo.InvariantCulture), key.Count)
                : from == typeof(string) ? (string text) => text.AsMemory()
                : to == typeof(string) ? (ReadOnlyMemory<char> text) => text.ToString()
                : from == typeof(string[]) ? (string[] texts) => Vector(texts?.Select(text => text.AsMemory()))
                : to == typeof(string[]) ? (VBuffer<ReadOnlyMemory<char>> texts) => texts.DenseValues().Select(text => text.ToString()).ToArray()
                : from.IsArray ? Generic<Func<TFrom, TTo>>(nameof(Vector), from.GetElementType())
                : to.IsArray ? Generic<Func<TFrom, TTo>>(nameof(Array), to.GetElementType())
                : from.IsGenericType && from.GetGenericTypeDefinition() == typeof(VBuffer<>) ? Generic<Func<TFrom, TTo>>(nameof(Copy), from.GenericTypeArguments)
                : (TFrom same) => same;
            return (Func<TFrom, TTo>)convert;
        }

        /// <summary>Members count from 0 what keys count from 1.</summary>
        private static TKey KeyAt<TKey>(ulong place, ulong count) =>
            (TKey)Convert.ChangeType(place < count ? place + 1 : 0, typeof(TKey), CultureInfo.InvariantCulture);

        private static T[] Array<T>(VBuffer<T> vector) => [.. vector.DenseValues()];

        private static VBuffer<T> Vector<T>(IEnumerable<T> items)
        {
            T[] values = [.. items ?? []];
            return new VBuffer<T>(values.Length, values);
        }

        private static VBuffer<T> Copy<T>(VBuffer<T> vector)
        {
            VBuffer<T> copy = default;
            vector.CopyTo(ref copy);
            return copy;
        }

        private static TDelegate Generic<TDelegate>(string name, params Type[] types)
            where TDelegate : Delegate => typeof(Members<TRow>).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
                .Single(method => method.Name == name && method.IsGenericMethod).MakeGenericMethod(types).CreateDelegate<TDelegate>();
    }
}
